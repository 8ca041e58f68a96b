package main

import (
	"errors"
	"net/http"
	"os"
	"strconv"

	"github.com/alexedwards/scs/redisstore"
	scslib "github.com/alexedwards/scs/v2"

	"sessd/test/nethttp"
	"sessd/test/nethttp/scs"
)

// scsShop is the shop on scs, as far as scs goes: it cannot log out everywhere, and adds to a cart by read and write.
func scsShop() http.Handler {
	manager := scslib.New()
	manager.Cookie.Name = "sid"
	if absolute := seconds("ABSOLUTE"); absolute > 0 {
		manager.Lifetime = absolute
	}
	manager.IdleTimeout = seconds("IDLE")
	manager.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		if errors.Is(err, nethttp.ErrGone) {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
	if os.Getenv("STORE") == "usual" {
		manager.Store = redisstore.New(redigoPool())
		return manager.LoadAndSave(scsRoutes(manager))
	}
	store := scs.New(connect(os.Getenv("CLIENT")))
	manager.Store, manager.Codec = store, store
	return store.LoadAndSave(manager.LoadAndSave(scsRoutes(manager)))
}

func scsRoutes(m *scslib.SessionManager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		fields := map[string]any{}
		for _, name := range m.Keys(r.Context()) {
			fields[name] = m.Get(r.Context(), name)
		}
		answer(w, fields, nil)
	})
	mux.HandleFunc("POST /set/{field}/{value}", func(w http.ResponseWriter, r *http.Request) {
		pause(r)
		m.Put(r.Context(), "my."+r.PathValue("field"), r.PathValue("value"))
		answer(w, nil, nil)
	})
	mux.HandleFunc("DELETE /set/{field}", func(w http.ResponseWriter, r *http.Request) {
		pause(r)
		m.Remove(r.Context(), "my."+r.PathValue("field"))
		answer(w, nil, nil)
	})
	mux.HandleFunc("POST /cart/{item}", func(w http.ResponseWriter, r *http.Request) {
		name := "cart." + r.PathValue("item")
		quantity := m.GetInt(r.Context(), name) + 1
		if from, err := strconv.Atoi(r.FormValue("from")); err == nil {
			quantity = from + 1
		}
		pause(r)
		m.Put(r.Context(), name, quantity)
		answer(w, quantity, nil)
	})
	mux.HandleFunc("POST /login/{user}", func(w http.ResponseWriter, r *http.Request) {
		err := m.RenewToken(r.Context())
		m.Put(r.Context(), "user", r.PathValue("user"))
		answer(w, nil, err)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		err := m.Destroy(r.Context())
		if then := r.FormValue("then"); then != "" && err == nil {
			m.Put(r.Context(), "my.then", then)
		}
		answer(w, nil, err)
	})
	return mux
}
