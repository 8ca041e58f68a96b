package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

const (
	cookieName   = "sessd-console"
	maxLogins    = 64
	loginIdle    = 30 * time.Minute
	loginAtMost  = 12 * time.Hour
	idPrefix     = "sessd:console:"
	maxForm      = 4096 // bytes of a form
	ownPrincipal = "sessd:console"
)

// login is somebody who is logged in.
type login struct {
	user  string
	id    string // of the session in the server
	token string // which a form must bring
	link  *link
}

// logins is everybody who is logged in, by the id of the session.
type logins struct {
	mu   sync.Mutex
	byID map[string]*login
}

// sessionID returns the id of the session that a cookie leads to. Who sees the id does not know the cookie.
func sessionID(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return idPrefix + hex.EncodeToString(sum[:])
}

func random() string {
	var bits [32]byte
	rand.Read(bits[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// logIn checks a name and a password and returns the cookie of a new login, or what the server said.
func (c *Console) logIn(peer net.Addr, user, password string) (cookie string, err error) {
	l := newLink(c.Serve, peer)
	if _, err = l.do("AUTH", user, password); err != nil {
		l.close()
		return "", err
	}
	cookie = random()
	one := &login{user: user, id: sessionID(cookie), token: random(), link: l}
	_, err = c.own.get(c).do("SESS.CREATE", one.id, "EX", strconv.Itoa(int(loginIdle/time.Second)), "MAXAGE", strconv.Itoa(int(loginAtMost/time.Second)),
		"PRINCIPAL", ownPrincipal, "FIELDS", "1", "user", user)
	if err != nil {
		l.close()
		return "", err
	}
	c.logins.add(one)
	return cookie, nil
}

// add adds a login. Where there are too many, any of the others ends.
func (all *logins) add(one *login) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for id, other := range all.byID {
		if len(all.byID) < maxLogins && !other.link.broken() {
			continue
		}
		other.link.close()
		delete(all.byID, id)
	}
	all.byID[one.id] = one
}

func (all *logins) get(id string) *login {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.byID[id]
}

func (all *logins) remove(one *login) {
	one.link.close()
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.byID, one.id)
}

// current returns the login of a request, or nil. Its session is used by that, unless it has ended.
func (c *Console) current(r *http.Request) *login {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	one := c.logins.get(sessionID(cookie.Value))
	if one == nil {
		return nil
	}
	request := []string{"SESS.GET", one.id}
	if r.URL.Path == "/live" {
		request = append(request, "NOTOUCH") // a page that nobody looks at asks too
	}
	reply, err := c.own.get(c).do(request...)
	if err != nil || reply == nil || one.link.broken() {
		c.logins.remove(one)
		return nil
	}
	return one
}

// logOut ends a login and its session.
func (c *Console) logOut(one *login) {
	c.logins.remove(one)
	c.own.get(c).do("SESS.DESTROY", one.id) // without a connection it opens nothing
}

// brings reports whether a form has the token of its login.
func (one *login) brings(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.PostFormValue("token")), []byte(one.token)) == 1
}

// peerOf returns the address of a browser.
func peerOf(r *http.Request) net.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return nil
	}
	return net.TCPAddrFromAddrPort(at)
}

// ownLink is the connection for the sessions of logins. It is made anew when it has ended.
type ownLink struct {
	mu   sync.Mutex
	link *link
}

func (o *ownLink) get(c *Console) *link {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.link == nil || o.link.broken() {
		o.link = newLink(c.ServeOwn, nil)
	}
	return o.link
}
