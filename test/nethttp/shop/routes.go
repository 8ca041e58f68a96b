package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"sessd/test/nethttp"
)

var (
	user  = nethttp.Field[string]("user")
	flash = nethttp.Field[string]("flash")
)

func routes(sessions *nethttp.Sessions) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, act func(r *http.Request, s *nethttp.Sess) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := act(r, nethttp.Session(r.Context()))
			answer(w, body, err)
		})
	}
	handle("GET /me", func(_ *http.Request, s *nethttp.Sess) (any, error) { return s.Fields(), nil })
	handle("POST /set/{field}/{value}", func(r *http.Request, s *nethttp.Sess) (any, error) {
		pause(r)
		return nil, s.Put("my."+r.PathValue("field"), r.PathValue("value"))
	})
	handle("DELETE /set/{field}", func(r *http.Request, s *nethttp.Sess) (any, error) {
		pause(r)
		s.Remove("my." + r.PathValue("field"))
		return nil, nil
	})
	handle("POST /cart/{item}", func(r *http.Request, s *nethttp.Sess) (any, error) {
		name := "cart." + r.PathValue("item")
		if from, err := strconv.ParseInt(r.FormValue("from"), 10, 64); err == nil {
			s.Put(name, from) // a number has a form
		}
		pause(r)
		return s.Incr(r.Context(), name, 1)
	})
	handle("POST /flash/{text}", func(r *http.Request, s *nethttp.Sess) (any, error) {
		return nil, flash.Put(s, r.PathValue("text"))
	})
	handle("POST /take", func(r *http.Request, s *nethttp.Sess) (any, error) {
		text, ok, err := flash.Take(r.Context(), s)
		if !ok {
			return map[string]any{"flash": nil}, err
		}
		return map[string]any{"flash": text}, err
	})
	handle("POST /login/{user}", func(r *http.Request, s *nethttp.Sess) (any, error) {
		grace, _ := strconv.Atoi(r.FormValue("grace"))
		name := r.PathValue("user")
		if err := s.RotateGrace(r.Context(), name, time.Duration(grace)*time.Millisecond); err != nil {
			return nil, err
		}
		return nil, user.Put(s, name)
	})
	handle("POST /logout", func(r *http.Request, s *nethttp.Sess) (any, error) {
		err := s.Destroy(r.Context())
		if then := r.FormValue("then"); then != "" && err == nil {
			err = s.Put("my.then", then)
		}
		return nil, err
	})
	handle("POST /logout-everywhere", func(r *http.Request, s *nethttp.Sess) (any, error) {
		name, _, _ := user.Get(s)
		keep := ""
		if r.FormValue("else") != "" {
			keep = s.ID()
		}
		ended, err := sessions.DestroyAll(r.Context(), name, keep)
		return map[string]any{"ended": ended}, err
	})
	return mux
}

func answer(w http.ResponseWriter, body any, err error) {
	switch {
	case err != nil:
		http.Error(w, err.Error(), nethttp.StatusOf(err))
	case body == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body)
	}
}
