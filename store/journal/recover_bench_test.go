package journal

import (
	"fmt"
	"testing"
)

// BenchmarkRecover reads a snapshot of chunks like those of sessions, and a log of small steps.
func BenchmarkRecover(b *testing.B) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}}} {
		for _, part := range []string{"snapshot", "log"} {
			b.Run(name+"/"+part, func(b *testing.B) {
				dir, opts := b.TempDir(), Options{Keys: keys, Policy: Never}
				j, err := Open(Disk, dir, opts)
				must(b, err)
				_, err = j.Recover(nothing{})
				must(b, err)
				var chunk []byte
				for i := 0; len(chunk) < 64<<10; i++ {
					chunk = fmt.Appendf(chunk, "user_id%dcsrf%032xrole%dlast_seen%dlocaleen_US", i*7919%100003, i*1234567891, i%3, 1700000000+i*31)
				}
				size := int64(64 << 20)
				if part == "snapshot" {
					must(b, j.Save(func(began func(), emit func([]byte) error) error {
						began()
						for at := int64(0); at < size; at += int64(len(chunk)) {
							if err := emit(chunk); err != nil {
								return err
							}
						}
						return nil
					}))
				} else {
					for at := int64(0); at < size; at += 200 {
						j.Append(chunk[:200])
						if j.Pending() > 1<<20 {
							must(b, j.Commit(j.Appended()))
						}
					}
				}
				must(b, j.Close())
				b.SetBytes(size)
				for b.Loop() {
					j, err := Open(Disk, dir, opts)
					must(b, err)
					_, err = j.Recover(nothing{})
					must(b, err)
					must(b, j.Close())
				}
			})
		}
	}
}
