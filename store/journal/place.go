package journal

import "path/filepath"

// relock locks the folder again where its lock is gone, as after somebody has removed what is in it. Another process may have
// the folder that has the name now: then nothing is made there. writeMu is held.
func (j *Journal) relock() error {
	if inPlace(j.lock) == nil {
		return nil
	}
	lock, err := j.fs.Lock(filepath.Join(j.dir, lockName))
	if err != nil {
		return err
	}
	_ = j.lock.Close()
	j.lock = lock
	return nil
}

// guard gives up a log that has lost its name, since no start would find what is written to it. A snapshot makes it good,
// once the folder is there. writeMu is held.
func (j *Journal) guard() {
	if j.current == nil {
		return
	}
	err := j.relock()
	if err == nil {
		err = inPlace(j.current.file)
	}
	if err != nil {
		_ = j.abandon("find", err)
	}
}
