// Package netio is what event loops and streams need of the kernel beyond package net. It has a poll for many
// descriptors, calls that move bytes without waiting, and many sends in one call over an io_uring. It tells what a
// socket knows of its peer. It knows descriptors and bytes, no connection and no request. The poll and the calls are
// Linux's; elsewhere there are only streams.
package netio
