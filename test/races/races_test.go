// Package races lets connections race for sessions, and holds what they were answered to what may happen.
package races

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

const (
	clients = 4 // connections that race
	rounds  = 100
)

// race lets connections race round by round. In each, every client sends what ask returns for it (requests, separated by
// a semicolon, in one go) before any reply is read; who sends first takes turns. It returns the replies by round and
// client.
func race(t *testing.T, s *servertest.Server, clients int, ask func(client, round int) string) [][][]string {
	t.Helper()
	conns := make([]*servertest.Conn, clients)
	for i := range conns {
		conns[i] = s.Dial(t)
		conns[i].Want("+PONG\r\n", "PING") // it is let in before the race begins
	}
	replies := make([][][]string, rounds)
	for round := range replies {
		batches, sizes := make([]string, clients), make([]int, clients)
		for client := range clients {
			for request := range strings.SplitSeq(ask(client, round), ";") {
				batches[client] += servertest.Request(strings.Fields(request)...)
				sizes[client]++
			}
		}
		for i := range clients {
			client := (i + round) % clients
			conns[client].Send(batches[client])
		}
		replies[round] = make([][]string, clients)
		for client, c := range conns {
			for range sizes[client] {
				replies[round][client] = append(replies[round][client], c.Reply())
			}
		}
	}
	return replies
}

// winners returns who won each round: the one client that was answered something else than the refusal.
func winners(t *testing.T, replies [][][]string, refusal string) []int {
	t.Helper()
	var won []int
	for round := range replies {
		winner := -1
		for client, reply := range replies[round] {
			switch {
			case strings.HasPrefix(reply[0], refusal):
			case reply[0][0] == '-':
				t.Fatalf("round %d, client %d: %q", round, client, reply[0])
			case winner >= 0:
				t.Fatalf("round %d: clients %d and %d both won", round, winner, client)
			default:
				winner = client
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody won", round)
		}
		won = append(won, winner)
	}
	return won
}

func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

// TestSavesOfDifferentFieldsAreAllKept, and each of them has a revision of its own.
func TestSavesOfDifferentFieldsAreAllKept(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		c.Want(bulk("a"), "SESS.CREATE", "a")
		replies := race(t, s, clients, func(client, round int) string {
			return fmt.Sprintf("SESS.SAVE a once%d-%d %d; SESS.SAVE a often%d %d", client, round, round, client, round)
		})
		var revisions []int
		for client := range clients {
			last := 0
			for round := range replies {
				for _, reply := range replies[round][client] {
					r := revision(t, reply)
					if r <= last {
						t.Fatalf("client %d, round %d: revision %d after %d", client, round, r, last)
					}
					last = r
					revisions = append(revisions, r)
				}
			}
		}
		wantCounted(t, revisions)
		for client := range clients {
			for round := range rounds {
				c.Want("*2\r\n"+bulk(fmt.Sprint(round))+bulk(fmt.Sprint(rounds-1)),
					"SESS.GET", "a", "FIELDS", "2", fmt.Sprintf("once%d-%d", client, round), fmt.Sprint("often", client))
			}
		}
	})
}

// revision returns what a save that must not fail was answered.
func revision(t *testing.T, reply string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.Trim(reply, ":\r\n"))
	if err != nil {
		t.Fatalf("a save was answered %q", reply)
	}
	return n
}

// wantCounted fails the test unless the revisions of a session are 1, 2, 3 ...
func wantCounted(t *testing.T, revisions []int) {
	t.Helper()
	slices.Sort(revisions)
	for i, r := range revisions {
		if r != i+1 {
			t.Fatalf("revision %d is %d", i+1, r)
		}
	}
}

// TestSaveRacingDestroy: a save came before the destroy, or is told that there is no session; the session never comes
// back.
func TestSaveRacingDestroy(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		for round := range rounds {
			c.Want(bulk(fmt.Sprint("id", round)), "SESS.CREATE", fmt.Sprint("id", round))
		}
		replies := race(t, s, clients, func(client, round int) string {
			if client == 0 {
				return fmt.Sprint("SESS.DESTROY id", round)
			}
			save := fmt.Sprintf("SESS.SAVE id%d x 1", round)
			return save + ";" + save + ";" + save
		})
		for round := range replies {
			if got := replies[round][0][0]; got != ":1\r\n" {
				t.Fatalf("round %d: destroyed: %q", round, got)
			}
			var revisions []int
			for _, mine := range replies[round][1:] {
				for i, reply := range mine {
					if reply != noSession {
						revisions = append(revisions, revision(t, reply))
						if i > 0 && mine[i-1] == noSession {
							t.Fatalf("round %d: a session came back: %q", round, mine)
						}
					}
				}
			}
			wantCounted(t, revisions)
			c.Want(":0\r\n", "EXISTS", fmt.Sprint("id", round))
		}
		c.Want(":0\r\n", "DBSIZE")
	})
}

func TestOfSavesBoundToARevisionOneWins(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		c.Want(bulk("a"), "SESS.CREATE", "a")
		replies := race(t, s, clients, func(client, round int) string {
			return fmt.Sprintf("SESS.SAVE a IFREV %d FIELDS 1 by%d %d", round, round, client)
		})
		for round, client := range winners(t, replies, "-REVISION session is at revision ") {
			if got, want := replies[round][client][0], fmt.Sprintf(":%d\r\n", round+1); got != want {
				t.Errorf("the winner of round %d got %q", round, got)
			}
			c.Want("*1\r\n"+bulk(fmt.Sprint(client)), "SESS.GET", "a", "FIELDS", "1", fmt.Sprint("by", round))
		}
	})
}

func TestOfCreationsOneWins(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		replies := race(t, s, clients, func(client, round int) string {
			return fmt.Sprintf("SESS.CREATE id%d FIELDS 1 by %d", round, client)
		})
		for round, client := range winners(t, replies, sessionExists) {
			c.Want("*2\r\n:0\r\n*1\r\n"+bulk(fmt.Sprint(client)), "SESS.GET", fmt.Sprint("id", round), "WITHREV", "FIELDS", "1", "by")
		}
	})
}

// TestOfRotationsOneWins, with a grace period too.
func TestOfRotationsOneWins(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		for round := range rounds {
			id := fmt.Sprint("id", round)
			c.Want(bulk(id), "SESS.CREATE", id, "PRINCIPAL", "of "+id, "FIELDS", "1", "x", "kept")
		}
		replies := race(t, s, clients, func(client, round int) string {
			return fmt.Sprintf("SESS.ROTATE id%d new%d-%d GRACE %d", round, round, client, round%2*3_600_000)
		})
		for round, client := range winners(t, replies, noSession) {
			id, newid := fmt.Sprint("id", round), fmt.Sprintf("new%d-%d", round, client)
			c.Want("*1\r\n"+bulk("kept"), "SESS.GET", newid, "FIELDS", "1", "x")
			c.Want("*1\r\n"+bulk(newid), "SESS.LIST", "of "+id)
			c.Want(fmt.Sprintf(":%d\r\n", round%2), "EXISTS", id)
		}
		c.Want(fmt.Sprintf(":%d\r\n", rounds), "DBSIZE")
	})
}

// TestNoSessionEscapesFromDestroyAll by changing its id meanwhile.
func TestNoSessionEscapesFromDestroyAll(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		for round := range rounds {
			for client := range clients {
				id := fmt.Sprintf("id%d-%d-0", round, client)
				c.Want(bulk(id), "SESS.CREATE", id, "PRINCIPAL", fmt.Sprint("ann", round))
			}
		}
		replies := race(t, s, clients+1, func(client, round int) string {
			if client == clients {
				return fmt.Sprint("SESS.DESTROYALL ann", round)
			}
			var steps []string // as many as take longer than to send all this
			for step := range 40 {
				id := fmt.Sprintf("id%d-%d-", round, client)
				steps = append(steps, fmt.Sprintf("SESS.ROTATE %s%d %s%d GRACE %d", id, step, id, step+1, step%2*60_000))
			}
			return strings.Join(steps, ";")
		})
		for round := range replies {
			if got, want := replies[round][clients][0], fmt.Sprintf(":%d\r\n", clients); got != want {
				t.Fatalf("round %d: destroyed %q, want %q", round, got, want)
			}
		}
		c.Want(":0\r\n", "DBSIZE")
	})
}

// TestRepliesKeepTheirOrderWhileOthersKill: a connection that is killed in the middle of its requests has got the first of
// their replies and nothing else, and no reply to what was not done; another one gets all of its replies.
func TestRepliesKeepTheirOrderWhileOthersKill(t *testing.T) {
	const requests = 2000
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		killer, bystander := s.Dial(t), s.Dial(t)
		var echoes strings.Builder
		for n := range requests {
			echoes.WriteString(servertest.Request("ECHO", fmt.Sprint(n)))
		}
		for round := range 10 {
			id := fmt.Sprint("id", round)
			killer.Want(bulk(id), "SESS.CREATE", id)
			victim := s.Dial(t)
			number := strings.Trim(victim.Do("CLIENT", "ID"), ":\r\n")
			victim.Send(strings.Repeat(servertest.Request("SESS.SAVE", id, "x", "1"), requests))
			bystander.Send(echoes.String())
			killer.Want(":1\r\n", "CLIENT", "KILL", "ID", number)

			victim.SetReadDeadline(time.Now().Add(time.Minute))
			got, _ := io.ReadAll(victim.Conn) // ends by a close or a reset
			var want strings.Builder
			for n := range requests {
				fmt.Fprintf(&want, ":%d\r\n", n+1)
			}
			if !strings.HasPrefix(want.String(), string(got)) {
				t.Fatalf("round %d: replies out of order: %q", round, got)
			}
			answered := strings.Count(string(got), "\n")
			reply := killer.Do("SESS.GET", id, "WITHREV", "FIELDS", "1", "y")
			if revision, _, _ := strings.Cut(strings.TrimPrefix(reply, "*2\r\n:"), "\r\n"); !atLeast(revision, answered) {
				t.Fatalf("round %d: revision %s after %d replies", round, revision, answered)
			}
			for n := range requests {
				if got, want := bystander.Reply(), bulk(fmt.Sprint(n)); got != want {
					t.Fatalf("round %d, the bystander: got %q, want %q", round, got, want)
				}
			}
		}
	})
}

func atLeast(number string, least int) bool {
	n, err := strconv.Atoi(number)
	return err == nil && n >= least
}
