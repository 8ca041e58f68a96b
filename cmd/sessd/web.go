package main

import (
	"errors"

	"sessd/commands"
	"sessd/server"
	"sessd/server/web"
)

// webOptions say where HTTP is served.
type webOptions struct {
	port int
	bind []string
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
			Help: "TCP port for HTTP: /metrics, /healthz, /readyz; 0 takes a free one, off takes none",
		},
		{
			Name: "http-bind", Section: commands.WebSection, Fixed: true, Value: server.AddressesValue(&o.bind),
			Help: "IP addresses at which HTTP is served, as in bind; the port tells figures to everybody who reaches it",
		},
	}
}

// listen opens the sockets of both servers.
func (d *daemon) listen() error {
	if err := d.server.Listen(); err != nil || d.options.web.port == server.PortOff {
		return err
	}
	listeners, err := d.server.OpenPort(d.options.web.bind, &d.options.web.port, "--http-port")
	if err != nil {
		return err
	}
	if d.web, err = web.New(web.Options{Dispatcher: d.dispatcher, Log: d.log.Logger, Ready: d.ready}); err != nil {
		return err
	}
	d.web.Serve(listeners)
	return nil
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
