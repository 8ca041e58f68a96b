package nethttp

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"sync"
	"time"
)

// Sess is the session of one request. It is safe for concurrent use.
type Sess struct {
	sessions *Sessions
	mu       sync.Mutex
	id       string // empty until the server has made one
	revision int64  // what is loaded here is complete as of this revision
	saved    map[string]string
	fields   map[string]string // field → JSON, with what is not saved yet
	owner    string            // the principal that its first save names
	gone     bool              // another request ended it, or its end is uncertain: nothing is saved any more
	ended    bool              // this request ended it; what is put after begins another one
	sealed   bool              // the headers are sent
}

func newSess(sessions *Sessions) *Sess {
	return &Sess{sessions: sessions, saved: map[string]string{}, fields: map[string]string{}}
}

// ID returns the id, a secret that is worth as much as a password. It is empty while nothing was saved.
func (s *Sess) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// Get decodes a field into the value that p points to, and reports whether the session has it.
func (s *Sess) Get(field string, p any) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.fields[field]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal([]byte(value), p)
}

// Has reports whether the session has a field.
func (s *Sess) Has(field string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.fields[field]
	return ok
}

// Fields returns every field as JSON.
func (s *Sess) Fields() map[string]json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]json.RawMessage, len(s.fields))
	for field, value := range s.fields {
		all[field] = json.RawMessage(value)
	}
	return all
}

// Put sets a field to anything that encodes as JSON. A save carries it if that differs from what was loaded.
func (s *Sess) Put(field string, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields[field] = string(encoded)
	return nil
}

// Remove removes a field.
func (s *Sess) Remove(field string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fields, field)
}

// Take removes a field from the stored session and decodes it into the value that p points to: of requests at once, one
// gets it. It reports whether this one did, and saves what has changed first.
func (s *Sess) Take(ctx context.Context, field string, p any) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.save(ctx, false); err != nil || s.id == "" {
		return false, err
	}
	reply, err := s.sessions.conn.List(ctx, "SESS.TAKE", s.id, "FIELDS", "1", field)
	if err != nil || len(reply) != 1 {
		return false, s.noteGone(err)
	}
	delete(s.fields, field)
	delete(s.saved, field)
	value, ok := text(reply[0])
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal([]byte(value), p)
}

// Incr adds to a field that holds a whole number and returns what it holds then, however many requests do so at once.
// It saves what has changed first.
func (s *Sess) Incr(ctx context.Context, field string, delta int64) (int64, error) {
	return s.incr(ctx, field, delta)
}

// IncrIn is Incr that fails with ErrRange, and changes nothing, where the sum is not in [least, most].
func (s *Sess) IncrIn(ctx context.Context, field string, delta, least, most int64) (int64, error) {
	return s.incr(ctx, field, delta, "MIN", strconv.FormatInt(least, 10), "MAX", strconv.FormatInt(most, 10))
}

func (s *Sess) incr(ctx context.Context, field string, delta int64, bounds ...string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.store(ctx); err != nil {
		return 0, err
	}
	words := append([]string{"SESS.INCR", s.id, field, strconv.FormatInt(delta, 10)}, bounds...)
	value, err := s.sessions.conn.Int(ctx, words...)
	if err != nil {
		return 0, s.noteGone(err)
	}
	s.fields[field] = strconv.FormatInt(value, 10)
	s.saved[field] = s.fields[field]
	return value, nil
}

// Save saves the fields that have changed. The middleware does so before the first byte of a response; a response that
// streams for long may do so itself.
func (s *Sess) Save(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save(ctx, false)
}

// Update changes fields by what they hold: change runs again, on what others saved, until nobody came between. It fails
// with ErrChanged after a hundred times, and with change's error at once. Where it fails, what change put is dropped: a
// later save of this request would undo what others save meanwhile.
func (s *Sess) Update(ctx context.Context, change func() error) error {
	if err := s.Save(ctx); err != nil {
		return err
	}
	for range 100 {
		if err := change(); err != nil {
			s.reset()
			return err
		}
		if again, err := s.saveUnchanged(ctx); !again {
			return err
		}
	}
	return ErrChanged
}

// saveUnchanged saves unless somebody else has: then it loads what they saved, and reports that the change is to run again.
func (s *Sess) saveUnchanged(ctx context.Context) (again bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.save(ctx, true)
	if again = err == ErrChanged; again {
		err = s.load(ctx, s.id)
		if err == nil && s.id == "" {
			err = s.noteGone(ErrGone)
		}
	}
	if err != nil {
		s.fields = maps.Clone(s.saved)
	}
	return again && err == nil, err
}

// reset drops what was put and is not saved.
func (s *Sess) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields = maps.Clone(s.saved)
}

// Rotate gives the session a new id, and a principal unless it is empty. To be done at every login, before anything
// about the user is put: an id that somebody planted earlier is then worth nothing.
func (s *Sess) Rotate(ctx context.Context, principal string) error {
	return s.RotateGrace(ctx, principal, s.sessions.options.Grace)
}

// RotateGrace is Rotate with a grace of its own for the old id; 0 means none.
func (s *Sess) RotateGrace(ctx context.Context, principal string, grace time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owner = principal
	if s.id == "" {
		return nil // its first save makes a fresh id anyway
	}
	if s.sealed {
		return errLate
	}
	words := []string{"SESS.ROTATE", s.id, "*"}
	if grace > 0 {
		words = append(words, "GRACE", milliseconds(grace))
	}
	id, err := s.sessions.conn.Text(ctx, s.withOwner(words)...)
	if err != nil {
		return s.noteGone(err)
	}
	s.id = id
	return nil
}

// Destroy ends the session. Nothing is saved to it any more, by this request or any other; what this one puts after
// begins another session. Where it fails, nothing that this request puts is saved.
func (s *Sess) Destroy(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != "" {
		if _, err := s.sessions.conn.Int(ctx, "SESS.DESTROY", s.id); err != nil {
			s.gone = true
			return err
		}
	}
	clear(s.saved)
	clear(s.fields)
	s.id, s.revision, s.owner, s.gone, s.ended = "", 0, "", false, true
	return nil
}

// load replaces what is here by what the server has under an id. Without such a session the id becomes empty.
func (s *Sess) load(ctx context.Context, id string) error {
	reply, err := s.sessions.conn.List(ctx, "SESS.GET", id, "WITHREV")
	if err != nil {
		return explain(err)
	}
	if s.id = ""; len(reply) < 2 || reply[1] == nil {
		return nil
	}
	s.id = id
	s.revision, _ = reply[0].(int64)
	s.saved = Pairs(reply[1])
	s.fields = Pairs(reply[1])
	if len(reply) > 2 && reply[2] == int64(1) {
		return s.renew(ctx)
	}
	return nil
}

// renew rotates an id that is due. Of requests at once one does, and the others go on with the old id in its grace.
func (s *Sess) renew(ctx context.Context) error {
	grace := max(s.sessions.options.Grace, time.Second)
	id, err := s.sessions.conn.Text(ctx, "SESS.ROTATE", s.id, "*", "GRACE", milliseconds(grace))
	switch err = explain(err); err {
	case nil:
		s.id = id
	case ErrGone:
		return nil
	}
	return err
}

func (s *Sess) save(ctx context.Context, ifUnchanged bool) error {
	if s.gone {
		return nil
	}
	words := s.changes()
	if len(words) == 0 {
		return nil
	}
	if s.id == "" {
		if err := s.create(ctx, words); err != nil {
			return err
		}
	} else {
		command := []string{"SESS.SAVE", s.id}
		if ifUnchanged {
			command = append(command, "IFREV", strconv.FormatInt(s.revision, 10))
		}
		revision, err := s.sessions.conn.Int(ctx, append(command, words...)...)
		if err != nil {
			return s.noteGone(err)
		}
		// If others saved in between, their fields are not here, and the old revision says so.
		if revision == s.revision+1 {
			s.revision = revision
		}
	}
	clear(s.saved)
	for field, value := range s.fields {
		s.saved[field] = value
	}
	return nil
}

// changes returns the words of a save: what the fields have become since they were loaded.
func (s *Sess) changes() []string {
	var set, unset []string
	for field, value := range s.fields {
		if before, ok := s.saved[field]; !ok || before != value {
			set = append(set, field, value)
		}
	}
	for field := range s.saved {
		if _, ok := s.fields[field]; !ok {
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

// store makes sure that the server has the session, with all that was changed here.
func (s *Sess) store(ctx context.Context) error {
	if s.gone {
		return ErrGone
	}
	if err := s.save(ctx, false); err != nil || s.id != "" {
		return err
	}
	return s.create(ctx, nil)
}

func (s *Sess) create(ctx context.Context, fields []string) error {
	if s.sealed {
		return errLate
	}
	options := &s.sessions.options
	words := []string{"SESS.CREATE", "*"}
	if options.IdleTimeout > 0 {
		words = append(words, "PX", milliseconds(options.IdleTimeout))
	}
	if options.AbsoluteTimeout > 0 {
		words = append(words, "MAXAGE", seconds(options.AbsoluteTimeout))
	}
	if options.RenewAfter > 0 {
		words = append(words, "RENEWAFTER", seconds(options.RenewAfter))
	}
	id, err := s.sessions.conn.Text(ctx, append(s.withOwner(words), fields...)...)
	if err != nil {
		return explain(err)
	}
	s.id, s.revision = id, 0
	return nil
}

func (s *Sess) withOwner(words []string) []string {
	if s.owner == "" {
		return words
	}
	words = append(words, "PRINCIPAL", s.owner)
	if limit := s.sessions.options.MaxPerPrincipal; limit > 0 {
		words = append(words, "MAXPERPRINCIPAL", strconv.Itoa(limit), "EVICTOLDEST")
	}
	return words
}

func (s *Sess) noteGone(err error) error {
	err = explain(err)
	if err == ErrGone {
		s.gone = true
	}
	return err
}

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(1, d.Milliseconds()), 10)
}

func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}
