// Package scs is a store for alexedwards/scs that saves the values that changed, and no others:
//
//	store := scs.New(goredis.Conn(client))
//	manager.Store, manager.Codec = store, store
//	http.ListenAndServe(addr, store.LoadAndSave(manager.LoadAndSave(mux)))
//
// The store compares with what the request loaded, which it keeps in the request's context: LoadAndSave puts it there. A
// save of a session that has ended returns an error and brings nothing back; scs hands it to the manager's ErrorFunc.
package scs

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"sessd/test/nethttp"
)

// deadlineField keeps the session's absolute deadline beside its values, each of which is a field "v:" + name.
const (
	deadlineField = "deadline"
	valuePrefix   = "v:"
)

var errNoRequest = errors.New("no request around the session: wrap the handlers in the store's LoadAndSave")

// Store is both the Store and the Codec of a session manager.
type Store struct {
	conn   nethttp.Conn
	prefix string
}

// New returns a store. Its sessions have the ids "scs:session:" + token, as scs's own stores name their keys.
func New(conn nethttp.Conn) *Store { return &Store{conn, "scs:session:"} }

// request is what one request loaded.
type request struct {
	token  string
	loaded map[string][]byte // field → gob
}

type contextKey struct{}

// LoadAndSave returns a handler that remembers what each request loads. It goes around the manager's.
func (s *Store) LoadAndSave(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, &request{})))
	})
}

// Encode returns the fields of a session as one value for CommitCtx.
func (*Store) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	at, err := deadline.MarshalText()
	if err != nil {
		return nil, err
	}
	fields := map[string][]byte{deadlineField: at}
	for name, value := range values {
		encoded, err := encode(&value)
		if err != nil {
			return nil, err
		}
		fields[valuePrefix+name] = encoded
	}
	return encode(fields)
}

// Decode is the reverse of Encode.
func (*Store) Decode(b []byte) (deadline time.Time, values map[string]any, err error) {
	var fields map[string][]byte
	if err := decode(b, &fields); err != nil {
		return deadline, nil, err
	}
	values = map[string]any{}
	for field, encoded := range fields {
		name, isValue := strings.CutPrefix(field, valuePrefix)
		if !isValue {
			continue
		}
		var value any
		if err := decode(encoded, &value); err != nil {
			return deadline, nil, err
		}
		values[name] = value
	}
	return deadline, values, deadline.UnmarshalText(fields[deadlineField])
}

// FindCtx loads a session, in the form that Decode reads.
func (s *Store) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	reply, err := s.conn.List(ctx, "SESS.GET", s.prefix+token, "WITHREV")
	if err != nil || len(reply) < 2 || reply[1] == nil {
		return nil, false, err
	}
	fields := map[string][]byte{}
	for field, value := range nethttp.Pairs(reply[1]) {
		fields[field] = []byte(value)
	}
	if r, ok := ctx.Value(contextKey{}).(*request); ok {
		r.token, r.loaded = token, fields
	}
	b, err = encode(fields)
	return b, err == nil, err
}

// CommitCtx saves what differs from what the request loaded, or makes the session that it did not load.
func (s *Store) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	r, ok := ctx.Value(contextKey{}).(*request)
	if !ok {
		return errNoRequest
	}
	var fields map[string][]byte
	if err := decode(b, &fields); err != nil {
		return err
	}
	unused := strconv.FormatInt(max(1, time.Until(expiry).Milliseconds()), 10)
	var err error
	if r.token != token {
		err = s.create(ctx, token, fields, unused)
	} else if changes := r.changes(fields); len(changes) > 0 {
		_, err = s.conn.Int(ctx, append([]string{"SESS.SAVE", s.prefix + token, "PX", unused}, changes...)...)
	} else {
		var there int64
		there, err = s.conn.Int(ctx, "SESS.TOUCH", s.prefix+token, "PX", unused)
		if err == nil && there == 0 {
			err = nethttp.ErrGone
		}
	}
	if err == nil {
		r.token, r.loaded = token, fields
	} else if strings.HasPrefix(err.Error(), "NOSESSION") {
		err = nethttp.ErrGone
	}
	return err
}

func (s *Store) create(ctx context.Context, token string, fields map[string][]byte, unused string) error {
	words := []string{"SESS.CREATE", s.prefix + token, "PX", unused}
	var deadline time.Time
	if deadline.UnmarshalText(fields[deadlineField]) == nil {
		left := max(1, int64((time.Until(deadline)+time.Second-1)/time.Second))
		words = append(words, "MAXAGE", strconv.FormatInt(left, 10))
	}
	_, err := s.conn.Text(ctx, append(words, (&request{}).changes(fields)...)...)
	return err
}

// changes returns the words of a save: what the fields have become since they were loaded.
func (r *request) changes(fields map[string][]byte) []string {
	var set, unset []string
	for field, value := range fields {
		if before, ok := r.loaded[field]; !ok || !same(before, value) {
			set = append(set, field, string(value))
		}
	}
	for field := range r.loaded {
		if _, ok := fields[field]; !ok {
			unset = append(unset, field)
		}
	}
	var words []string
	if len(unset) > 0 {
		words = append(append(words, "UNSET", strconv.Itoa(len(unset))), unset...)
	}
	if len(set) > 0 {
		words = append(append(words, "FIELDS", strconv.Itoa(len(set)/2)), set...)
	}
	return words
}

// same reports whether two encoded values are equal. Gob writes a map in any order, so bytes alone do not say.
func same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var one, other any
	return decode(a, &one) == nil && decode(b, &other) == nil && reflect.DeepEqual(one, other)
}

// DeleteCtx ends a session.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.conn.Int(ctx, "SESS.DESTROY", s.prefix+token)
	return err
}

// Find, Commit and Delete are for a manager that knows no contexts; Commit fails.
func (s *Store) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *Store) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(value)
	return b.Bytes(), err
}

func decode(b []byte, value any) error { return gob.NewDecoder(bytes.NewReader(b)).Decode(value) }
