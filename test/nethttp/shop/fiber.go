package main

import (
	"bytes"
	"net/http"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"sessd/test/nethttp"
)

// fiberSessions is the middleware for fiber; a handler asks nethttp.Session(c.UserContext()). adaptor.HTTPMiddleware will not
// do: it calls the handlers once the middleware has returned. A response that is a stream is read whole first.
func fiberSessions(sessions *nethttp.Sessions) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return adaptor.HTTPHandler(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.SetUserContext(r.Context())
			if err := c.Next(); err != nil {
				if err := c.App().ErrorHandler(c, err); err != nil {
					c.Status(fiber.StatusInternalServerError)
				}
			}
			moveResponse(w, c.Response())
		})))(c)
	}
}

// moveResponse sends what fiber's handlers answered through w, which saves the session before.
func moveResponse(w http.ResponseWriter, from *fiber.Response) {
	from.Header.VisitAll(func(name, value []byte) {
		w.Header().Add(string(name), string(value))
	})
	w.Header().Del(fiber.HeaderContentLength)
	status, body := from.StatusCode(), bytes.Clone(from.Body())
	from.Reset()
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// fiberShop is the shop as an application of fiber.
func fiberShop(sessions *nethttp.Sessions) *fiber.App {
	routes := routes(sessions)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(fiberSessions(sessions))
	app.All("/*", func(c *fiber.Ctx) error {
		return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			routes.ServeHTTP(w, r.WithContext(c.UserContext()))
		})(c)
	})
	return app
}
