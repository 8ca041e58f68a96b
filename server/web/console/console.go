package console

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/gomodule/redigo/redis"
)

//go:embed assets templates
var files embed.FS

// Options is what the console needs of its server.
type Options struct {
	Serve    func(net.Conn)                          // serves a client
	ServeOwn func(net.Conn)                          // serves a client who may use sessions below OwnKeys
	MayRun   func(user string, words ...string) bool // reports whether a user may make a request
	Ready    func() error                            // why the server is not ready
	Version  string
	Names    []string // by which browsers may call it, beside localhost and addresses
}

// OwnRules are what the console's own user may do.
var OwnRules = []string{"+sess.create", "+sess.get", "+sess.destroy", "~" + idPrefix + "*"}

// Console answers the requests of browsers.
type Console struct {
	Options
	logins logins
	own    ownLink
	pages  *template.Template
}

// policy lets nothing in but what the console brings itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// New returns the pages. They are one handler, for every path.
func New(o Options) http.Handler {
	c := &Console{Options: o, logins: logins{byID: make(map[string]*login)}}
	c.pages = template.Must(template.New("").Funcs(functions).ParseFS(files, "templates/*.html"))
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("GET /login", c.showLogin)
	mux.HandleFunc("POST /login", c.postLogin)
	mux.HandleFunc("POST /logout", c.form(func(one *login, _ *http.Request) (string, error) {
		c.logOut(one)
		return "/login", nil
	}))
	mux.HandleFunc("GET /{$}", c.page("overview", c.overview))
	mux.HandleFunc("GET /live", c.live)
	mux.HandleFunc("GET /principal", c.page("principal", c.principal))
	mux.HandleFunc("GET /session", c.page("session", c.session))
	mux.HandleFunc("POST /session", c.page("session", c.session))
	mux.HandleFunc("POST /end", c.form(c.end))
	mux.HandleFunc("GET /clients", c.page("clients", c.clients))
	mux.HandleFunc("GET /slow", c.page("slow", c.slow))
	mux.HandleFunc("GET /settings", c.page("settings", c.settings))
	return c.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard sets the headers of every answer, and refuses names that others may have made up for this address.
func (c *Console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			w.Header().Set(name, value)
		}
		if !c.isNamed(r.Host) {
			http.Error(w, "this host name is not in http-names", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// isNamed reports whether a browser may call the console so. A name of somebody else that leads here is refused, since its
// owner's pages would count as the console's.
func (c *Console) isNamed(host string) bool {
	name := host
	if alone, _, err := net.SplitHostPort(host); err == nil {
		name = alone
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil || strings.EqualFold(name, "localhost") || slices.ContainsFunc(c.Names, func(n string) bool { return strings.EqualFold(n, name) })
}

// view is what every page shows.
type view struct {
	Page, User, Token, Version, Problem string
	Data                                any
}

// show writes a page.
func (c *Console) show(w http.ResponseWriter, status int, v view) {
	v.Version = c.Version
	var out bytes.Buffer
	if err := c.pages.ExecuteTemplate(&out, v.Page+".html", v); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

func (c *Console) showLogin(w http.ResponseWriter, _ *http.Request) {
	c.show(w, http.StatusOK, view{Page: "login"})
}

func (c *Console) postLogin(w http.ResponseWriter, r *http.Request) {
	cookie, err := c.logIn(peerOf(r), r.PostFormValue("user"), r.PostFormValue("password"))
	if err != nil {
		status := http.StatusForbidden
		if failed := redis.Error(""); !errors.As(err, &failed) {
			status, err = http.StatusServiceUnavailable, errors.New("the server does not answer")
		}
		c.show(w, status, view{Page: "login", Problem: err.Error()})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: cookie, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// page returns the handler of a page that read makes for whoever is logged in. A form that asks for one brings the token.
func (c *Console) page(name string, read func(one *login, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		one := c.current(r)
		switch {
		case one == nil:
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		case r.Method == http.MethodPost && !one.brings(r):
			http.Error(w, "the form is out of date", http.StatusForbidden)
			return
		}
		data, err := read(one, r)
		v := view{Page: name, User: one.user, Token: one.token, Data: data}
		status := http.StatusOK
		if err != nil {
			status, v.Problem, v.Data = http.StatusForbidden, err.Error(), nil
			if strings.HasPrefix(v.Problem, "NOSESSION") {
				status = http.StatusNotFound
			}
		}
		c.show(w, status, v)
	}
}

// form returns the handler of a button, which leads to the page that act returns.
func (c *Console) form(act func(one *login, r *http.Request) (to string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		one := c.current(r)
		if one == nil || !one.brings(r) {
			http.Error(w, "the form is out of date", http.StatusForbidden)
			return
		}
		to, err := act(one, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}
