package transcripts

import (
	"os"
	"testing"

	"sessd/server/servertest"
)

// TestSessions replays what frameworks that cannot be run here would say in SESS commands. README.md shows the mapping.
func TestSessions(t *testing.T) {
	server := servertest.Start(t)
	forEach(t, "testdata/sessions/*.txt", func(t *testing.T, file string, all []exchange) {
		replies := replay(all, func() *servertest.Conn { return server.Dial(t) })
		if *update {
			if err := os.WriteFile(file, []byte(format(replies)), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		for i, one := range all {
			if one.words != nil && one.reply == "" {
				t.Errorf("%s has no reply", all[i].line)
			}
		}
		check(t, all, replies)
	})
}
