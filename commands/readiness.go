package commands

import "errors"

// Ready returns why the server should not be sent requests: data is being loaded, or the log refuses writes. nil: it should.
func (s *Dispatcher) Ready() error {
	if s.Loading() {
		return errors.New("data is being loaded")
	}
	if s.durability != nil {
		if trouble := s.durability.State().Trouble; trouble != nil {
			return errors.New("writes are refused: the log cannot be written")
		}
	}
	return nil
}
