// Command shop is the shop of test/shop on net/http, chi, gin, echo or fiber, by the package nethttp and one of three clients; or
// by alexedwards/scs, on this project's store or, with STORE=usual, on its own for Redis. FRAMEWORK, CLIENT and the
// variables that test/shop describes choose.
package main

import (
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gomodule/redigo/redis"
	"github.com/labstack/echo/v4"
	goredis "github.com/redis/go-redis/v9"
	rueidis "github.com/redis/rueidis"

	"sessd/test/nethttp"
	bygoredis "sessd/test/nethttp/goredis"
	byredigo "sessd/test/nethttp/redigo"
	byrueidis "sessd/test/nethttp/rueidis"
)

func main() {
	address := "127.0.0.1:" + os.Getenv("PORT")
	framework := os.Getenv("FRAMEWORK")
	if framework == "scs" || os.Getenv("STORE") == "usual" {
		log.Fatal(http.ListenAndServe(address, scsShop()))
	}
	sessions := nethttp.New(connect(os.Getenv("CLIENT")), nethttp.Options{
		IdleTimeout: seconds("IDLE"), AbsoluteTimeout: seconds("ABSOLUTE"), Grace: -1,
	})
	if framework == "fiber" {
		log.Fatal(fiberShop(sessions).Listen(address))
	}
	log.Fatal(http.ListenAndServe(address, onFramework(framework, sessions)))
}

func seconds(name string) time.Duration {
	n, _ := strconv.Atoi(os.Getenv(name))
	return time.Duration(n) * time.Second
}

func address() string { return "127.0.0.1:" + os.Getenv("REDIS_PORT") }

// patience is how long a client waits for sessd: longer than a busy machine keeps it from answering.
const patience = time.Minute

func connect(client string) nethttp.Conn {
	switch client {
	case "rueidis":
		client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{address()}, DisableCache: true, DisableRetry: true, ConnWriteTimeout: patience})
		if err != nil {
			log.Fatal(err)
		}
		return byrueidis.Conn(client)
	case "redigo":
		return byredigo.Conn(redigoPool())
	}
	return bygoredis.Conn(goredis.NewClient(&goredis.Options{Addr: address(), MaxRetries: -1, DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience}))
}

func redigoPool() *redis.Pool {
	return &redis.Pool{
		MaxIdle:      8,
		Dial:         func() (redis.Conn, error) { return redis.Dial("tcp", address()) },
		TestOnBorrow: func(c redis.Conn, _ time.Time) error { _, err := c.Do("PING"); return err },
	}
}

// onFramework puts the routes into a framework, and the sessions around or into it.
func onFramework(framework string, sessions *nethttp.Sessions) http.Handler {
	routes := routes(sessions)
	switch framework {
	case "chi":
		router := chi.NewRouter()
		router.Use(sessions.Handler)
		router.Handle("/*", routes)
		return router
	case "gin":
		gin.SetMode(gin.ReleaseMode)
		engine := gin.New()
		engine.Any("/*path", gin.WrapH(routes))
		return sessions.Handler(engine)
	case "echo":
		app := echo.New()
		app.Use(echo.WrapMiddleware(sessions.Handler))
		app.Any("/*", echo.WrapHandler(routes))
		return app
	}
	return sessions.Handler(routes)
}

// pause is what a handler waits for between reading its session and its end: a database, another service.
func pause(r *http.Request) {
	ms, _ := strconv.Atoi(r.FormValue("pause"))
	time.Sleep(time.Duration(ms) * time.Millisecond)
	if name := r.FormValue("gate"); name != "" {
		gate, err := net.Dial("tcp", "127.0.0.1:"+os.Getenv("GATE_PORT"))
		if err != nil {
			panic(err)
		}
		defer gate.Close()
		_, _ = gate.Write([]byte(name + "\n"))
		_, _ = gate.Read(make([]byte, 1))
	}
}
