package nethttp

import "context"

// Field is a field of sessions whose values have a type:
//
//	var cart = nethttp.Field[map[string]int]("cart")
type Field[T any] string

// Get returns the value, and reports whether the session has one.
func (f Field[T]) Get(s *Sess) (value T, ok bool, err error) {
	ok, err = s.Get(string(f), &value)
	return value, ok, err
}

// Put sets the value.
func (f Field[T]) Put(s *Sess, value T) error { return s.Put(string(f), value) }

// Remove removes the field.
func (f Field[T]) Remove(s *Sess) { s.Remove(string(f)) }

// Take is [Sess.Take].
func (f Field[T]) Take(ctx context.Context, s *Sess) (value T, ok bool, err error) {
	ok, err = s.Take(ctx, string(f), &value)
	return value, ok, err
}

// Update changes the value by what it is, however many requests do so at once; see [Sess.Update].
func (f Field[T]) Update(ctx context.Context, s *Sess, change func(T) T) (value T, err error) {
	err = s.Update(ctx, func() error {
		before, _, err := f.Get(s)
		if err != nil {
			return err
		}
		value = change(before)
		return f.Put(s, value)
	})
	return value, err
}
