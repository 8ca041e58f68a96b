// Command gin-sessions runs gin-contrib/sessions with its Redis store.
package main

import (
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"

	"libraries/show"
)

func main() {
	store, err := redis.NewStore(2, "tcp", show.Addr(), "", "", []byte("secret"))
	show.Error("store", err)
	if err != nil {
		return
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(sessions.Sessions("session", store))
	engine.GET("/count", func(c *gin.Context) {
		session := sessions.Default(c)
		n, _ := session.Get("count").(int)
		session.Set("count", n+1)
		flashes := session.Flashes()
		if err := session.Save(); err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		c.String(http.StatusOK, "%d %v", n+1, flashes)
	})
	engine.GET("/flash", func(c *gin.Context) {
		session := sessions.Default(c)
		session.AddFlash("hello")
		c.String(http.StatusOK, "%v", session.Save())
	})
	engine.GET("/logout", func(c *gin.Context) {
		session := sessions.Default(c)
		session.Clear()
		session.Options(sessions.Options{MaxAge: -1})
		c.String(http.StatusOK, "%v", session.Save())
	})
	show.Visit(engine, "/count", "/count", "/flash", "/count", "/count", "/logout", "/count")
}
