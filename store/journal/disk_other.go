//go:build !linux

package journal

// Sync writes the file.
func (f diskFile) Sync() error { return f.File.Sync() }
