package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// heard is the elements that a list shows.
type heard []string

func (*heard) List([]byte, int)       {}
func (h *heard) Element(value []byte) { *h = append(*h, string(value)) }

// Where the system refuses memory, an operation on lists fails before it has changed anything.
func TestListsWhenTheSystemRefuses(t *testing.T) {
	refuse, system := false, arena.SystemMapper()
	m := system
	m.MapMemory = func(n int) ([]byte, error) {
		if refuse {
			return nil, errors.New("refused")
		}
		return system.MapMemory(n)
	}
	e := NewChecked(Options{Shards: 2, smallBytes: 60, treeOrder: tree.Tiny, mapper: &m})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	lists := map[string][]string{}
	for i := range 3000 {
		refuse = i%200 >= 20
		key, other := fmt.Sprint("k", i%5), fmt.Sprint("k", i%3)
		element := string(fmt.Append(make([]byte, i%5000), i))
		_, err := e.PushList(ctx, op, []byte(key), [][]byte{[]byte(element)}, store.ListTail, false)
		if err == nil {
			lists[key] = append(lists[key], element)
		}
		moved := ""
		found, moveErr := e.MoveElement(ctx, op, []byte(key), []byte(other), store.ListHead, store.ListTail, func(b []byte) { moved = string(b) })
		if moveErr == nil && found {
			if lists[key][0] != moved {
				t.Fatalf("%.20q was moved, want %.20q", moved, lists[key][0])
			}
			lists[key] = slices.Clone(lists[key][1:])
			lists[other] = append(lists[other], moved)
		}
		var trimErr error
		if i%7 == 0 && len(lists[key]) > 30 {
			if trimErr = e.TrimList(ctx, op, []byte(key), 1, -3); trimErr == nil {
				lists[key] = slices.Clone(lists[key][1 : len(lists[key])-2])
			}
		}
		for _, err := range []error{err, moveErr, trimErr} {
			if err != nil && (!errors.Is(err, store.ErrNoMemory) || !refuse) {
				t.Fatal(err)
			}
		}
		for _, one := range []string{key, other} {
			var got heard
			if err := e.ReadList(ctx, op, []byte(one), 0, -1, &got); err != nil || !slices.Equal(got, lists[one]) {
				t.Fatalf("%s has %d elements, want %d, or others; %v", one, len(got), len(lists[one]), err)
			}
		}
	}
}
