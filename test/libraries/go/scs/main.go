// Command scs runs alexedwards/scs with goredisstore: sessions of net/http.
package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"

	"libraries/show"
)

func main() {
	store := goredisstore.New(redis.NewClient(&redis.Options{Addr: show.Addr()}))
	sessions := scs.New()
	sessions.Store = store
	sessions.Lifetime, sessions.IdleTimeout = time.Hour, 10*time.Minute
	mux := http.NewServeMux()
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "count", sessions.GetInt(r.Context(), "count")+1)
		fmt.Fprint(w, sessions.GetInt(r.Context(), "count"), sessions.GetString(r.Context(), "user"))
	})
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.RenewToken(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		sessions.Put(r.Context(), "user", "ann")
	})
	mux.HandleFunc("/flash", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, sessions.PopString(r.Context(), "user"), sessions.Keys(r.Context()))
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Destroy(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	show.Visit(sessions.LoadAndSave(mux), "/count", "/count", "/login", "/count", "/flash", "/logout", "/count")
	all, err := store.AllCtx(context.Background())
	show.Result("sessions", len(all), err)
}
