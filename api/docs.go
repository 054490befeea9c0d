package api

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/internal/fault"
)

// docsPage renders /openapi.json in the browser, without anything from outside.
//
//go:embed docs/index.html
var docsPage []byte

// noncePlace is where docsPage leaves room for the nonce of its script.
var noncePlace = []byte("%NONCE%")

// docsRoutes serve the description and the page that shows it. They come
// last: the description must know all operations.
func (s *Server) docsRoutes() error {
	description, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "the OpenAPI description cannot be written")
	}
	s.router.GET("/openapi.json", func(c *gin.Context) {
		c.Header("Cache-Control", "no-cache")
		c.Data(http.StatusOK, "application/json", description)
	})
	s.router.GET("/docs", func(c *gin.Context) {
		nonce := rand.Text()
		c.Header("Content-Security-Policy", policy(nonce))
		c.Header("Cache-Control", "no-cache")
		c.Data(http.StatusOK, "text/html; charset=utf-8", bytes.ReplaceAll(docsPage, noncePlace, []byte(nonce)))
	})
	return nil
}
