package sorting

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"runtime"
	"slices"

	"sessd/commands"
	"sessd/store"
)

// item is an element with what it is sorted by.
type item struct {
	element []byte
	weight  []byte // what a key holds, nil where it holds nothing
	score   float64
}

func (f *family) sort(c *commands.Call) error {
	q, err := parse(c, c.Args[1:], false)
	if err != nil {
		return err
	}
	if q.target == nil {
		return f.answer(c, c.Op, &q)
	}
	return f.sortAndStore(c, &q)
}

func (f *family) sortReadOnly(c *commands.Call) error {
	q, err := parse(c, c.Args[1:], true)
	if err != nil {
		return err
	}
	return f.answer(c, c.Op, &q)
}

// answer answers with what is sorted.
func (f *family) answer(c *commands.Call, op store.Op, q *query) error {
	rows, err := f.run(c, op, q)
	if err != nil {
		return err
	}
	c.Reply.Array(len(rows))
	for _, value := range rows {
		if value == nil {
			c.Reply.Null()
		} else {
			c.Reply.Bulk(value)
		}
	}
	return nil
}

// sortAndStore stores what is sorted, in one step.
func (f *family) sortAndStore(c *commands.Call, q *query) error {
	if f.lists == nil {
		return store.ErrWrongType
	}
	op := c.Op
	if op.Tx == nil && f.deriver != nil {
		if done, err := f.sortBeside(c, q); done || err != nil {
			return err
		}
	}
	if op.Tx == nil && f.transactor != nil {
		keys := [][]byte{c.Args[0], q.target}
		if q.reaches() {
			keys = nil
		}
		size, _, err := f.keys.KeyBytes(c.Context, op, c.Args[0])
		if err != nil {
			return err
		}
		tx, err := f.transactor.Begin(op, keys, 2*size+roomOfTarget)
		if err != nil {
			return err
		}
		defer tx.End()
		op.Tx = tx
	}
	rows, err := f.run(c, op, q)
	if err != nil {
		return err
	}
	noNulls(rows)
	if err := f.lists.ReplaceList(c.Context, op, q.target, rows); err != nil {
		return err
	}
	c.Reply.Int(int64(len(rows)))
	return nil
}

// noNulls makes nothing an empty element, as a list has it.
func noNulls(rows [][]byte) {
	for i, value := range rows {
		if value == nil {
			rows[i] = []byte{}
		}
	}
}

// tries is how often a large collection is sorted beside the locks when it changes meanwhile.
const tries = 3

// sortBeside is sortAndStore for a large collection that nobody waits for. It returns false, with nothing changed, where that
// is to be done in a step.
func (f *family) sortBeside(c *commands.Call, q *query) (done bool, err error) {
	for range tries {
		if done, err = f.trySortBeside(c, q); done || err != nil {
			break
		}
	}
	if errors.Is(err, store.ErrNoMemory) { // the step needs less
		err = nil
	}
	return done, err
}

func (f *family) trySortBeside(c *commands.Call, q *query) (done bool, err error) {
	d, err := f.deriver.Derive(c.Context, c.Op, c.Args[0])
	if d == nil || err != nil {
		return false, err
	}
	defer d.Close()
	rows, err := f.run(c, c.Op, q)
	if err != nil {
		return false, err
	}
	noNulls(rows)
	if done, err = d.Replace(q.target, rows); done {
		c.Reply.Int(int64(len(rows)))
	}
	return done, err
}

// roomOfTarget is the memory in bytes that a list may take which is stored, beside what is sorted.
const roomOfTarget = 4 << 10

// run returns what a query asks for: elements, or what they lead to, nil for nothing.
func (f *family) run(c *commands.Call, op store.Op, q *query) ([][]byte, error) {
	elements, t, err := f.elements(c, op, q)
	if err != nil {
		return nil, err
	}
	switch {
	case q.unsorted && t != store.TypeSet: // in its own order, and a part of it where there is a limit
	case q.unsorted: // a set has no order: as in Redis's scripts it is made to have one
		byText := query{alpha: true, descending: q.descending}
		elements, err = f.sorted(c, op, &byText, elements)
	default:
		elements, err = f.sorted(c, op, q, elements)
	}
	if err != nil {
		return nil, err
	}
	if !q.unsorted || t == store.TypeSet {
		from, to := q.span(len(elements))
		elements = elements[from:to]
	}
	if q.gets == nil {
		return elements, nil
	}
	rows := make([][]byte, len(elements)*len(q.gets))
	for i, pattern := range q.gets {
		values, err := f.look(c, op, pattern, elements)
		if err != nil {
			return nil, err
		}
		for j, value := range values {
			rows[j*len(q.gets)+i] = value
		}
	}
	return rows, nil
}

// comparesAtOnce is after how many comparisons others may go on.
const comparesAtOnce = 4096

// giveWay lets those go on who wait for a processor, unless the call serves others itself or is part of a step.
func giveWay(c *commands.Call, op store.Op) {
	if op.Tx == nil && !store.IsImmediate(c.Context) {
		runtime.Gosched()
	}
}

// sorted returns elements in order.
func (f *family) sorted(c *commands.Call, op store.Op, q *query, elements [][]byte) ([][]byte, error) {
	items := make([]item, len(elements))
	for i, element := range elements {
		items[i] = item{element: element, weight: element}
	}
	if q.by != nil {
		weights, err := f.look(c, op, q.by, elements)
		if err != nil {
			return nil, err
		}
		for i, weight := range weights {
			items[i].weight = weight
		}
	}
	if !q.alpha {
		for i := range items {
			var ok bool
			if items[i].score, ok = score(items[i].weight); !ok {
				return nil, errScores
			}
		}
	}
	compared := 0
	slices.SortStableFunc(items, func(a, b item) int {
		if compared++; compared%comparesAtOnce == 0 {
			giveWay(c, op)
		}
		order := q.compare(&a, &b)
		if q.descending {
			return -order
		}
		return order
	})
	for i := range items {
		elements[i] = items[i].element
	}
	return elements, nil
}

// compare compares two items as they are in ascending order. What has no weight is before all that has one.
func (q *query) compare(a, b *item) int {
	switch {
	case !q.alpha:
		if order := cmp.Compare(a.score, b.score); order != 0 {
			return order
		}
		return bytes.Compare(a.element, b.element)
	case a.weight == nil || b.weight == nil:
		return cmp.Compare(given(a.weight), given(b.weight))
	}
	return bytes.Compare(a.weight, b.weight)
}

func given(weight []byte) int {
	if weight == nil {
		return 0
	}
	return 1
}

// score returns the number that a weight is, 0 for none. As with C's strtod, space may be before it, a zero byte ends it,
// and nothing is 0.
func score(weight []byte) (float64, bool) {
	weight = bytes.TrimLeft(text(weight), " \t\n\v\f\r")
	if len(weight) == 0 {
		return 0, true
	}
	n, inRange, ok := store.ParseNumber(weight)
	return n, ok && inRange && !math.IsNaN(n)
}
