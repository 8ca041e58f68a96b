// Package show is what the programs share: where the server is, and how an outcome is printed.
package show

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"time"
)

// Addr returns the server's host and port.
func Addr() string { return "127.0.0.1:" + os.Getenv("REDIS_PORT") }

// Result prints what a call answered, or its error.
func Result(label string, value any, err error) {
	if err != nil {
		value = fmt.Sprint("error: ", err)
	}
	fmt.Printf("%s: %v\n", label, value)
}

// Error prints the error of a call, or that it had none.
func Error(label string, err error) { Result(label, "done", err) }

// Within reports whether a time left is at most so long and not much shorter.
func Within(left, most time.Duration) bool { return left <= most && left > most-30*time.Second }

// Visit serves a handler, asks it for paths one after the other with the cookies that it sets, and prints its answers.
func Visit(handler http.Handler, paths ...string) {
	server := httptest.NewServer(handler)
	defer server.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err)
	}
	client := &http.Client{Jar: jar}
	for _, path := range paths {
		response, err := client.Get(server.URL + path)
		if err != nil {
			Error(path, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		Result(path, fmt.Sprintf("%d %q", response.StatusCode, body), err)
	}
}
