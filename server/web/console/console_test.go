package console

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sessd/server/servertest"
)

// browser is somebody at the console of a server.
type browser struct {
	t      *testing.T
	http   http.Client
	at     string
	server *servertest.Server
}

// newConsole starts a server with users, and a console over it.
func newConsole(t *testing.T) (*servertest.Server, string) {
	t.Helper()
	s := servertest.Start(t)
	c := s.Dial(t)
	for _, request := range []string{
		"ACL SETUSER boss on >secret ~* &* +@all", "ACL SETUSER reader on >secret ~* +info +sess.scan +sess.meta +sess.list",
		"ACL SETUSER half on >secret ~app:* +@all", "ACL SETUSER default off",
	} {
		c.Want("+OK\r\n", strings.Fields(request)...)
	}
	own, err := s.Dispatcher.Users.Service("console", OwnRules...)
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(New(Options{
		Serve: s.Server.ServeConn, ServeOwn: func(nc net.Conn) { s.Server.ServeAs(nc, own) },
		MayRun: s.Dispatcher.Users.MayRun, Ready: s.Dispatcher.Ready, Version: "0.0.0-test", Names: []string{"sessd.example.org"},
	}))
	t.Cleanup(served.Close)
	return s, served.URL
}

func newBrowser(t *testing.T, s *servertest.Server, at string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, http.Client{Jar: jar}, at, s}
}

// send returns the status and the text of what a request is answered with.
func (b *browser) send(method, path string, form url.Values, headers ...string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	reply, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply.StatusCode, string(body)
}

// logIn logs in with a password and returns the page that follows.
func (b *browser) logIn(user, password string) (int, string) {
	b.t.Helper()
	return b.send("POST", "/login", url.Values{"user": {user}, "password": {password}})
}

// token returns the token of the forms.
func (b *browser) token() string {
	b.t.Helper()
	_, page := b.send("GET", "/clients", nil)
	found := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)
	if found == nil {
		b.t.Fatalf("no token in %s", page)
	}
	return found[1]
}

// boss returns a connection that may do everything.
func boss(t *testing.T, s *servertest.Server) *servertest.Conn {
	t.Helper()
	c := s.Dial(t)
	c.Want("+OK\r\n", "AUTH", "boss", "secret")
	return c
}

func (b *browser) want(status int, path string, parts ...string) string {
	b.t.Helper()
	got, page := b.send("GET", path, nil)
	if got != status {
		b.t.Errorf("%s: status %d, want %d: %.300s", path, got, status, page)
	}
	for _, part := range parts {
		if !strings.Contains(page, part) {
			b.t.Errorf("%s has no %q:\n%s", path, part, page)
		}
	}
	return page
}

func TestPasswordIsAsked(t *testing.T) {
	s, at := newConsole(t)
	b := newBrowser(t, s, at)
	for _, path := range []string{"/", "/principal?name=a", "/session?principal=a&handle=b", "/clients", "/slow", "/settings"} {
		b.want(200, path, "<h1>Log in</h1>")
	}
	b.want(401, "/live")
	for _, wrong := range [][2]string{{"boss", "wrong"}, {"nobody", "secret"}, {"default", ""}} {
		if status, page := b.logIn(wrong[0], wrong[1]); status != 403 || !strings.Contains(page, "WRONGPASS") {
			t.Errorf("%q: %d %s", wrong, status, page)
		}
	}
	if status, page := b.logIn("boss", "secret"); status != 200 || !strings.Contains(page, "Log out boss") {
		t.Errorf("%d %s", status, page)
	}
}

func TestGuessersWaitAsWithAUTH(t *testing.T) {
	s, at := newConsole(t)
	b := newBrowser(t, s, at)
	for range 3 {
		b.logIn("boss", "wrong")
	}
	if info := boss(t, s).Do("INFO", "stats"); !strings.Contains(info, "acl_access_denied_auth:3\r\n") {
		t.Errorf("the wrong passwords were not counted with those of AUTH: %s", info)
	}
	if log := boss(t, s).Do("ACL", "LOG"); !strings.Contains(log, "127.0.0.1") {
		t.Errorf("ACL LOG lacks the browser's address: %s", log)
	}
}

func TestPages(t *testing.T) {
	s, at := newConsole(t)
	c := boss(t, s)
	c.Do("SESS.CREATE", "topsecret-1", "PRINCIPAL", "alice", "FIELDS", "2", "cart", "three apples", "lang", "en")
	c.Do("SESS.CREATE", "topsecret-2", "PRINCIPAL", "alice")
	c.Do("CONFIG", "SET", "slowlog-log-slower-than", "0")
	c.Do("GET", "x")
	b := newBrowser(t, s, at)
	_, first := b.logIn("boss", "secret")
	pages := first + b.want(200, "/", "alice</a></td><td class=\"number\">2<", "Ready", "figure class")
	list := b.want(200, "/principal?name=alice", "End all", "Sessions of alice")
	handle := regexp.MustCompile(`principal=alice&amp;handle=([^"]+)"`).FindAllStringSubmatch(list, -1)
	if len(handle) != 2 {
		t.Fatalf("%d handles in %s", len(handle), list)
	}
	found := false
	for _, h := range handle {
		page := b.want(200, "/session?principal=alice&handle="+h[1])
		if strings.Contains(page, "three apples") {
			t.Error("a value is shown before it was asked for")
		}
		_, shown := b.send("POST", "/session", url.Values{"principal": {"alice"}, "handle": {h[1]}, "token": {b.token()}})
		found = found || strings.Contains(shown, "three apples") && strings.Contains(page, "cart")
		pages += page + shown
	}
	if !found {
		t.Error("no value is shown when it is asked for")
	}
	pages += list + b.want(200, "/clients", "boss") + b.want(200, "/settings", "maxmemory-policy") + b.want(200, "/live", `"sessions":3`) + b.want(200, "/live", `"ready":""`) + b.want(200, "/live", `{"name":"aof_enabled","value":"0"}`)
	pages += b.want(200, "/slow", "GET")
	if at := strings.Index(pages, "topsecret"); at >= 0 {
		t.Errorf("an id is shown: %s", pages[max(0, at-200):at+20])
	}
	b.want(404, "/session?principal=alice&handle=none", "NOSESSION")
}

func TestTopOfManySessionsIsASample(t *testing.T) {
	s, at := newConsole(t)
	c := boss(t, s)
	for i := range sampled + 2000 {
		c.Do("SESS.CREATE", fmt.Sprint("s", i), "PRINCIPAL", fmt.Sprint("user-", i%3))
	}
	b := newBrowser(t, s, at)
	b.logIn("boss", "secret")
	b.want(200, "/", "a sample", "user-0", "user-1", "user-2")
	b.want(200, "/principal?name=user-0", "more are not shown")
}

func TestButtonsEndSessions(t *testing.T) {
	s, at := newConsole(t)
	c := boss(t, s)
	for i := range 3 {
		c.Do("SESS.CREATE", fmt.Sprint("s", i), "PRINCIPAL", "alice")
	}
	b := newBrowser(t, s, at)
	b.logIn("boss", "secret")
	list := b.want(200, "/principal?name=alice")
	handle := regexp.MustCompile(`name="handle" value="([^"]+)"`).FindStringSubmatch(list)[1]
	form := url.Values{"principal": {"alice"}, "handle": {handle}, "token": {b.token()}}
	if status, page := b.send("POST", "/end", form); status != 200 || strings.Contains(page, handle) {
		t.Errorf("%d %s", status, page)
	}
	if n := strings.Count(c.Do("SESS.LIST", "alice"), "$2\r\n"); n != 2 {
		t.Errorf("%d sessions are left", n)
	}
	form.Del("handle")
	b.send("POST", "/end", form)
	c.Want("*0\r\n", "SESS.LIST", "alice")
}

func TestFormsOfOthersAreRefused(t *testing.T) {
	s, at := newConsole(t)
	c := boss(t, s)
	c.Do("SESS.CREATE", "s1", "PRINCIPAL", "alice")
	b := newBrowser(t, s, at)
	b.logIn("boss", "secret")
	good := url.Values{"principal": {"alice"}, "token": {b.token()}}
	for name, test := range map[string]struct {
		form    url.Values
		headers []string
	}{
		"no token":        {url.Values{"principal": {"alice"}}, nil},
		"wrong token":     {url.Values{"principal": {"alice"}, "token": {"x"}}, nil},
		"other site":      {good, []string{"Sec-Fetch-Site", "cross-site"}},
		"other subdomain": {good, []string{"Sec-Fetch-Site", "same-site"}},
		"other origin":    {good, []string{"Origin", "http://evil.example.org"}},
	} {
		if status, _ := b.send("POST", "/end", test.form, test.headers...); status != 403 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if status, _ := b.send("GET", "/end?principal=alice&token="+good.Get("token"), nil); status != 405 {
		t.Errorf("GET: status %d", status)
	}
	if status, _ := b.send("POST", "/login", url.Values{"user": {"boss"}, "password": {"secret"}}, "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a login from another site: status %d", status)
	}
	c.Want("*1\r\n$2\r\ns1\r\n", "SESS.LIST", "alice")
}

func TestNamesOfOthersAreRefused(t *testing.T) {
	s, at := newConsole(t)
	for host, want := range map[string]int{"evil.example.org": 421, "sessd.example.org": 200, "SESSD.example.org:80": 200, "localhost:9": 200, "[::1]:9": 200, "10.0.0.1": 200, "": 421} {
		r := httptest.NewRequest("GET", "/login", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handlerOf(s).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q at %s: %d, want %d", host, at, w.Code, want)
		}
	}
}

func handlerOf(s *servertest.Server) http.Handler {
	return New(Options{Serve: s.Server.ServeConn, Names: []string{"sessd.example.org"}})
}

func TestRightsAreThoseOfTheUser(t *testing.T) {
	s, at := newConsole(t)
	c := boss(t, s)
	c.Do("SESS.CREATE", "s1", "PRINCIPAL", "alice", "FIELDS", "1", "cart", "apples")
	b := newBrowser(t, s, at)
	b.logIn("reader", "secret")
	page := b.want(200, "/principal?name=alice", "Sessions of alice")
	if strings.Contains(page, "/end") || strings.Contains(page, "/session?") {
		t.Errorf("a reader sees buttons: %s", page)
	}
	handle := regexp.MustCompile(`<tr><td>([\w-]+)</td>`).FindStringSubmatch(page)
	if handle == nil {
		t.Fatalf("no handle in %s", page)
	}
	token := b.forms()
	for path, form := range map[string]url.Values{
		"/end": {"principal": {"alice"}, "token": {token}},
	} {
		if status, text := b.send("POST", path, form); status != 403 || !strings.Contains(text, "NOPERM") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	b.want(403, "/clients", "NOPERM")
	b.want(403, "/settings", "NOPERM")
	c.Want("*1\r\n$2\r\ns1\r\n", "SESS.LIST", "alice")

	half := newBrowser(t, s, at)
	half.logIn("half", "secret")
	if page := half.want(200, "/principal?name=alice", "None"); strings.Contains(page, "handle=") {
		t.Errorf("a user sees a session that no pattern covers: %s", page)
	}
}

// forms returns the token on the overview, which a reader may see.
func (b *browser) forms() string {
	b.t.Helper()
	_, page := b.send("GET", "/", nil)
	return regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)[1]
}

func TestHostileNamesAreText(t *testing.T) {
	s, at := newConsole(t)
	c := boss(t, s)
	const name = `"><script>alert(1)</script>'&amp;{{.}}`
	c.Do("SESS.CREATE", "s1", "PRINCIPAL", name, "FIELDS", "1", name, name)
	c.Do("CLIENT", "SETNAME", `<script>x</script>`)
	c.Do("CONFIG", "SET", "slowlog-log-slower-than", "0")
	c.Do("GET", name)
	b := newBrowser(t, s, at)
	b.logIn("boss", "secret")
	list := b.want(200, "/principal?name="+url.QueryEscape(name), "&lt;script&gt;")
	link := regexp.MustCompile(`href="(/session[^"]+)"`).FindStringSubmatch(list)
	if link == nil {
		t.Fatal(list)
	}
	path := strings.ReplaceAll(link[1], "&amp;", "&")
	query, err := url.ParseQuery(strings.TrimPrefix(path, "/session?"))
	if err != nil || query.Get("principal") != name {
		t.Fatalf("%q: %v", path, err)
	}
	query.Set("token", b.token())
	_, shown := b.send("POST", "/session", query)
	all := b.want(200, "/") + list + b.want(200, path, "&lt;script&gt;") + shown + b.want(200, "/clients") + b.want(200, "/slow")
	_, again := newBrowser(t, s, at).logIn(name, name)
	if strings.Contains(all+again, "<script>") {
		t.Error("a name is markup")
	}
}

func TestLoginEnds(t *testing.T) {
	for name, end := range map[string]func(b *browser, c *servertest.Conn){
		"log out":           func(b *browser, _ *servertest.Conn) { b.send("POST", "/logout", url.Values{"token": {b.token()}}) },
		"session destroyed": func(_ *browser, c *servertest.Conn) { c.Want(":1\r\n", "SESS.DESTROYALL", ownPrincipal) },
		"connection killed": func(_ *browser, c *servertest.Conn) { c.Do("CLIENT", "KILL", "USER", "reader") },
		"user deleted":      func(_ *browser, c *servertest.Conn) { c.Want(":1\r\n", "ACL", "DELUSER", "reader") },
	} {
		t.Run(name, func(t *testing.T) {
			s, at := newConsole(t)
			c := boss(t, s)
			b := newBrowser(t, s, at)
			c.Want("+OK\r\n", "ACL", "SETUSER", "reader", "+client")
			b.logIn("reader", "secret")
			b.want(200, "/", "Log out reader")
			end(b, c)
			_, _ = b.send("GET", "/", nil) // the first call over a connection that was closed notices
			b.want(200, "/", "<h1>Log in</h1>")
		})
	}
}

func TestForgedSessionOpensNothing(t *testing.T) {
	s, at := newConsole(t)
	boss(t, s).Do("SESS.CREATE", sessionID("mine"), "FIELDS", "1", "user", "boss")
	b := newBrowser(t, s, at)
	if _, page := b.send("GET", "/", nil, "Cookie", cookieName+"=mine"); !strings.Contains(page, "<h1>Log in</h1>") {
		t.Error("a session that somebody made is a login")
	}
}

func TestCookieAndHeaders(t *testing.T) {
	s, at := newConsole(t)
	b := newBrowser(t, s, at)
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	reply, err := b.http.PostForm(at+"/login", url.Values{"user": {"boss"}, "password": {"secret"}})
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	cookie := reply.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("%s lacks %s", cookie, want)
		}
	}
	value := reply.Cookies()[0].Value
	if keys := boss(t, s).Do("KEYS", "*"); strings.Contains(keys, value) || !strings.Contains(keys, idPrefix) {
		t.Errorf("the session's id is the cookie, or is not there: %s", keys)
	}
	if got := reply.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; script-src 'self'") {
		t.Errorf("the policy is %q", got)
	}
}

func TestLoginsAreBounded(t *testing.T) {
	s, at := newConsole(t)
	for range maxLogins + 5 {
		newBrowser(t, s, at).logIn("boss", "secret")
	}
	if n := len(s.Server.Clients()); n > maxLogins+3 {
		t.Errorf("%d connections", n)
	}
}
