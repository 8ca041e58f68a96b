package main

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"sessd/commands"
	"sessd/server"
	"sessd/server/web"
	"sessd/server/web/console"
)

// webOptions say where HTTP is served.
type webOptions struct {
	port  int
	bind  []string
	names string
}

// newWebOptions returns the defaults.
func newWebOptions() webOptions {
	return webOptions{port: server.PortOff, bind: server.DefaultBind}
}

// settings are the rows of the options.
func (o *webOptions) settings() []commands.Setting {
	return []commands.Setting{
		{
			Name: "http-port", Section: commands.WebSection, Common: true, Fixed: true, Value: server.PortValue(&o.port),
			Help: "TCP port for HTTP: the console at /, and /metrics, /healthz, /readyz; 0 takes a free one, off takes none",
		},
		{
			Name: "http-bind", Section: commands.WebSection, Fixed: true, Value: server.AddressesValue(&o.bind),
			Help: "IP addresses at which HTTP is served, as in bind; the port tells figures to everybody who reaches it",
		},
		{
			Name: "http-names", Section: commands.WebSection, Fixed: true, Value: commands.Text(&o.names, "names"),
			Help: "host names by which browsers may call the console, beside localhost and addresses",
		},
	}
}

// listen opens the sockets of both servers.
func (d *daemon) listen() error {
	listeners := d.options.sockets.HTTPPort
	if err := d.server.Listen(); err != nil || d.options.web.port == server.PortOff && len(listeners) == 0 {
		return err
	}
	if len(listeners) == 0 {
		var err error
		if listeners, err = d.server.OpenPort(d.options.web.bind, &d.options.web.port, "--http-port"); err != nil {
			return err
		}
	}
	pages, err := d.console()
	if err != nil {
		return err
	}
	if d.web, err = web.New(web.Options{Dispatcher: d.dispatcher, Log: d.log.Logger, Ready: d.ready, Pages: pages}); err != nil {
		return err
	}
	d.web.Serve(listeners)
	return nil
}

// console returns the pages for people.
func (d *daemon) console() (http.Handler, error) {
	own, err := d.users.Service("console", console.OwnRules...)
	if err != nil {
		return nil, err
	}
	return console.New(console.Options{
		Serve:    d.server.ServeConn,
		ServeOwn: func(nc net.Conn) { d.server.ServeAs(nc, own) },
		MayRun:   d.users.MayRun,
		Ready: func() error {
			if err := d.dispatcher.Ready(); err != nil {
				return err
			}
			return d.ready()
		},
		Version: version, Names: strings.FieldsFunc(d.options.web.names, func(r rune) bool { return r == ' ' || r == ',' }),
	}), nil
}

// closeWeb ends the service of HTTP.
func (d *daemon) closeWeb() error {
	if d.web == nil {
		return nil
	}
	return d.web.Close()
}

// ready returns why the engine cannot serve requests now.
func (d *daemon) ready() error {
	if d.remote != nil && !d.remote.Figures().Up {
		return errors.New("the upstream does not answer")
	}
	return nil
}

// logWeb logs where HTTP is served.
func (d *daemon) logWeb() {
	if d.web == nil {
		return
	}
	for _, addr := range d.web.Addrs() {
		d.log.Info("serving HTTP", "addr", addr.String())
	}
}
