//go:build !unix

package server

import "io/fs"

// maskFiles does nothing: files have no such permissions on this system.
func maskFiles(fs.FileMode) (restore func()) { return func() {} }
