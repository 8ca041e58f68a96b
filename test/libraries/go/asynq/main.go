// Command asynq runs hibiken/asynq: tasks that are done, that fail, that wait, and that may be there once.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"libraries/show"
)

type quiet struct{}

func (quiet) Debug(...any) {}
func (quiet) Info(...any)  {}
func (quiet) Warn(...any)  {}
func (quiet) Error(...any) {}
func (quiet) Fatal(args ...any) {
	show.Result("fatal", fmt.Sprint(args...), nil)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	to := asynq.RedisClientOpt{Addr: show.Addr()}
	client := asynq.NewClient(to)
	defer client.Close()
	enqueue := func(name string, options ...asynq.Option) {
		info, err := client.EnqueueContext(ctx, asynq.NewTask(name, []byte(name)), options...)
		if err != nil {
			show.Error("enqueue "+name, err)
			return
		}
		show.Result("enqueue "+name, fmt.Sprint(info.Queue, info.Type, info.State, info.MaxRetry), nil)
	}
	enqueue("plain")
	enqueue("once", asynq.Unique(time.Hour), asynq.Retention(time.Hour))
	enqueue("once", asynq.Unique(time.Hour))
	enqueue("fails", asynq.MaxRetry(0))
	enqueue("later", asynq.ProcessIn(time.Hour))
	enqueue("soon", asynq.ProcessIn(100*time.Millisecond))
	work(ctx, to)
	inspect(to)
}

// work serves tasks until the four that are due have run.
func work(ctx context.Context, to asynq.RedisClientOpt) {
	server := asynq.NewServer(to, asynq.Config{Concurrency: 2, Logger: quiet{}, DelayedTaskCheckInterval: 100 * time.Millisecond})
	var mu sync.Mutex
	var ran []string
	all := make(chan struct{})
	err := server.Start(asynq.HandlerFunc(func(_ context.Context, task *asynq.Task) error {
		mu.Lock()
		defer mu.Unlock()
		if ran = append(ran, task.Type()); len(ran) == 4 {
			close(all)
		}
		if task.Type() == "fails" {
			return errors.New("cannot")
		}
		return nil
	}))
	show.Error("start", err)
	if err != nil {
		return
	}
	select {
	case <-all:
	case <-ctx.Done():
	}
	server.Shutdown()
	slices.Sort(ran)
	show.Result("ran", strings.Join(ran, " "), nil)
}

func inspect(to asynq.RedisClientOpt) {
	inspector := asynq.NewInspector(to)
	defer inspector.Close()
	info, err := inspector.GetQueueInfo("default")
	if err != nil {
		show.Error("queue", err)
		return
	}
	show.Result("queue", fmt.Sprint(info.Size, info.Pending, info.Scheduled, info.Archived, info.Completed, info.Processed, info.Failed), nil)
	archived, err := inspector.ListArchivedTasks("default")
	show.Result("archived", len(archived), err)
	deleted, err := inspector.DeleteAllScheduledTasks("default")
	show.Result("scheduled are deleted", deleted, err)
	show.Error("pause", inspector.PauseQueue("default"))
	show.Error("pause again", inspector.PauseQueue("default"))
	show.Error("delete", inspector.DeleteQueue("default", true))
}
