package scripts_test

import (
	"context"
	"testing"
	"time"

	"sessd/commands"
	"sessd/commands/commandstest"
	"sessd/commands/families"
	"sessd/server/resp"
	"sessd/store"
	"sessd/store/memory"
)

// BenchmarkUnlock runs the script that releases a lock, which is there every time.
func BenchmarkUnlock(b *testing.B) {
	engine := memory.New(memory.Options{Keyspaces: 16})
	defer engine.Close()
	d := commands.New(commands.Options{Engine: engine, Families: families.Of(engine)})
	out := resp.Writer{Most: 1 << 30}
	call := d.NewCall(context.Background(), &out)
	call.Stats = d.NewStats()
	call.Client = commands.NewClient(1, "", "", nil, d.Users.Welcome())
	out.To = call.Client
	call.Op = store.Op{Now: time.Now().UnixMilli()}
	do := func(words [][]byte) {
		out.Buf = out.Buf[:0]
		call.Request = commands.Request{Words: words}
		d.Do(call)
		call.End()
	}
	do([][]byte{[]byte("SCRIPT"), []byte("LOAD"), []byte(unlock)})
	sha := string(out.Buf[5:45])
	set, run := commandstest.SplitWords("SET lock mine"), commandstest.SplitWords("EVALSHA "+sha+" 1 lock mine")
	b.ReportAllocs()
	for b.Loop() {
		do(set)
		do(run)
	}
}
