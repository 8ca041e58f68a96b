// Command redistore runs boj/redistore: gorilla's sessions over redigo.
package main

import (
	"fmt"
	"net/http"

	"github.com/boj/redistore"

	"libraries/show"
)

func main() {
	store, err := redistore.NewRediStore(2, "tcp", show.Addr(), "", "", []byte("secret"))
	show.Error("store", err)
	if err != nil {
		return
	}
	store.SetMaxAge(600)
	mux := http.NewServeMux()
	handle := func(path string, change func(values map[any]any), age int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			session, err := store.Get(r, "session")
			if err == nil {
				change(session.Values)
				session.Options.MaxAge = age
				err = session.Save(r, w)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprint(w, session.Values["count"], session.IsNew)
		})
	}
	handle("/count", func(values map[any]any) { n, _ := values["count"].(int); values["count"] = n + 1 }, 600)
	handle("/clear", func(values map[any]any) { delete(values, "count") }, 600)
	handle("/logout", func(map[any]any) {}, -1)
	show.Visit(mux, "/count", "/count", "/clear", "/count", "/logout", "/count")
	show.Error("close", store.Close())
}
