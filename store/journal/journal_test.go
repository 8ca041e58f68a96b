package journal

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// state is what the tests keep: the payloads of all steps. A snapshot has a chunk for each.
type state struct{ steps []string }

func (s *state) Chunk(payload []byte) error {
	s.steps = append(s.steps, string(payload))
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
