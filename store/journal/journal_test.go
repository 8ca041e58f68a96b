package journal

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// state is what the tests keep: the payloads of all steps. A snapshot has a chunk for each.
type state struct{ steps []string }

func (s *state) Chunk(payload []byte) error {
	s.steps = append(s.steps, string(payload))
	return nil
}

func (s *state) Reset() error {
	s.steps = nil
	return nil
}

func (s *state) Step(number uint64, payload []byte) error {
	s.steps = append(s.steps, string(payload))
	if number != uint64(len(s.steps)) {
		return fmt.Errorf("step %d is given as number %d", len(s.steps), number)
	}
	return nil
}

// quiet are options with which nothing happens by itself.
func quiet() Options { return Options{Interval: time.Hour} }

// open recovers a folder, and fails the test where that cannot be done.
func open(t testing.TB, fs FS, opts Options) (*Journal, *state, *Recovered) {
	t.Helper()
	j, err := Open(fs, "d", opts)
	if err != nil {
		t.Fatal(err)
	}
	s := new(state)
	found, err := j.Recover(s)
	if err != nil {
		_ = j.Close()
		t.Fatal(err)
	}
	return j, s, found
}

// tryOpen recovers a folder and closes it.
func tryOpen(fs FS, opts Options) (*state, *Recovered, error) {
	j, err := Open(fs, "d", opts)
	if err != nil {
		return nil, nil, err
	}
	s := new(state)
	found, err := j.Recover(s)
	return s, found, errors.Join(err, j.Close())
}

// add appends steps, whose payloads are text and number.
func (s *state) add(j *Journal, n int, text string) {
	for range n {
		payload := fmt.Sprintf("%s %d", text, len(s.steps)+1)
		s.steps = append(s.steps, payload)
		j.Append([]byte(payload))
	}
}

// save writes a snapshot of the state.
func (s *state) save(j *Journal) error {
	out, err := j.BeginSnapshot(uint64(len(s.steps)))
	if err != nil {
		return err
	}
	for _, step := range s.steps {
		if err := out.Write([]byte(step)); err != nil {
			out.Abort()
			return err
		}
	}
	return out.Finish(uint64(len(s.steps)))
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantSteps fails the test where two states differ.
func wantSteps(t testing.TB, got, want *state) {
	t.Helper()
	if !slices.Equal(got.steps, want.steps) {
		t.Fatalf("recovered %d steps, want %d: %.200q, want %.200q", len(got.steps), len(want.steps), got.steps, want.steps)
	}
}

func TestRestarts(t *testing.T) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}}} {
		t.Run(name, func(t *testing.T) {
			opts, fs, want := quiet(), newDouble(), new(state)
			opts.Keys, opts.SegmentSize = keys, 300
			for life := range 12 {
				j, got, found := open(t, fs, opts)
				wantSteps(t, got, want)
				if found.Cuts != nil || found.Bad != nil || found.Last != uint64(len(want.steps)) {
					t.Fatalf("life %d: %+v", life, found)
				}
				want.add(j, life, "first")
				must(t, j.Commit(j.Appended()))
				if life%3 == 2 {
					must(t, want.save(j))
				}
				want.add(j, life, "then")
				must(t, j.Commit(j.Appended()))
				if life%2 == 0 {
					fs = fs.kill()
				} else {
					must(t, j.Close())
				}
			}
		})
	}
}

// asking is a loader that asks for figures while it loads.
type asking struct {
	*state
	j    *Journal
	seen []int64
}

func (a *asking) Step(number uint64, payload []byte) error {
	_ = a.j.Stats()
	done, total := a.j.Progress()
	if done > total {
		return fmt.Errorf("%d bytes are done of %d", done, total)
	}
	a.seen = append(a.seen, done)
	return a.state.Step(number, payload)
}

func TestProgress(t *testing.T) {
	s := newSample(t, quiet())
	j, err := Open(s.fs, "d", s.opts)
	must(t, err)
	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = j.Progress()
				_ = j.Stats()
				_ = j.Err()
			}
		}
	})
	to := &asking{new(state), j, nil}
	_, err = j.Recover(to)
	close(stop)
	others.Wait()
	must(t, err)
	wantSteps(t, to.state, s.all)
	if done, total := j.Progress(); done != total || total == 0 || !slices.IsSorted(to.seen) || to.seen[0] == 0 {
		t.Errorf("%d of %d bytes in the end, and before %d", done, total, to.seen)
	}
	must(t, j.Close())
}

func TestLoaderError(t *testing.T) {
	s, failure := newSample(t, quiet()), errors.New("no more")
	j, err := Open(s.fs, "d", s.opts)
	must(t, err)
	if _, err := j.Recover(failing{failure}); !errors.Is(err, failure) {
		t.Errorf("%v", err)
	}
	must(t, j.Close())
	_, got, _ := open(t, s.fs, s.opts)
	wantSteps(t, got, s.all)
}

// failing is a loader that fails.
type failing struct{ err error }

func (f failing) Chunk([]byte) error        { return f.err }
func (f failing) Reset() error              { return nil }
func (f failing) Step(uint64, []byte) error { return f.err }
