package api

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/web"
)

// pageConfig is window.__YINGDA__.
type pageConfig struct {
	Bot               string `json:"bot"`
	VisitorKey        string `json:"visitorKey,omitempty"`
	Version           string `json:"version"`
	Customer          string `json:"customer,omitempty"`
	CustomerSignature string `json:"customerSignature,omitempty"`
}

// pageRoutes serve the built pages.
func (s *Server) pageRoutes() error {
	if s.o.Pages == nil {
		absent := s.guarded(toAll, func(*gin.Context) error {
			return fault.New(fault.Unavailable, "这个程序没有内置网页：请运行 make web 后重新构建。")
		})
		for _, route := range []string{"/", "/widget.js", "/desk/*path", "/console/*path"} {
			s.router.GET(route, absent)
		}
		return nil
	}
	demo := pageConfig{
		Bot: s.o.Site.Bot, VisitorKey: s.o.Site.VisitorKey, Version: s.o.Version,
		Customer: s.o.Site.Customer, CustomerSignature: s.o.Site.CustomerSignature,
	}
	inside := pageConfig{Bot: s.o.Site.Bot, Version: s.o.Version}
	for route, page := range map[string]struct {
		file   string
		config pageConfig
	}{
		"/":              {"index.html", demo},
		"/desk/*path":    {"desk/index.html", inside},
		"/console/*path": {"console/index.html", inside},
	} {
		html, err := fs.ReadFile(s.o.Pages, page.file)
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "the page %s is missing from the build: run make web", page.file)
		}
		s.router.GET(route, s.guarded(toAll, func(c *gin.Context) error { return s.page(c, html, page.config) }))
	}
	for _, folder := range []string{"/desk", "/console"} {
		s.router.GET(folder, func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, folder+"/") })
	}
	return s.assetRoutes()
}

// page answers with a page, its configuration injected. A path below it that
// names a file is that file.
func (s *Server) page(c *gin.Context, html []byte, config pageConfig) error {
	if name := strings.TrimPrefix(path.Clean(c.Request.URL.Path), "/"); path.Ext(name) != "" && !strings.HasSuffix(name, ".html") {
		return s.asset(c, name)
	}
	nonce := rand.Text()
	body, err := web.Inject(html, config, nonce)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/html; charset=utf-8", body)
	return nil
}

// policy is the Content-Security-Policy of our pages. Styles may be inline: the
// components write them so.
func policy(nonce string) string {
	return "default-src 'self'; script-src 'self' 'nonce-" + nonce + "'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data: https:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// assetRoutes serve every file of the build that is not a page.
func (s *Server) assetRoutes() error {
	return fs.WalkDir(s.o.Pages, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "the built pages cannot be read")
		}
		below := strings.HasPrefix(name, "desk/") || strings.HasPrefix(name, "console/") // their pages' routes cover them
		if entry.IsDir() || below || strings.HasSuffix(name, ".html") || strings.HasPrefix(path.Base(name), ".") {
			return nil
		}
		s.router.GET("/"+name, s.guarded(toAll, func(c *gin.Context) error { return s.asset(c, name) }))
		return nil
	})
}

// asset answers with a file. Files under assets have their content's hash in
// their names and never change; others are revalidated.
func (s *Server) asset(c *gin.Context, name string) error {
	content, err := fs.ReadFile(s.o.Pages, name)
	if err != nil {
		return fault.New(fault.NotFound, "没有这个文件。")
	}
	h := c.Writer.Header()
	if strings.HasPrefix(name, "assets/") || strings.Contains(name, "/assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	h.Add("Vary", "Accept-Encoding")
	sum := sha256.Sum256(content)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		h.Set("Content-Type", kind)
	}
	if name == "widget.js" {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin") // other shops' pages load it
	}
	if packed := s.packed(c.Request, name, content); packed != nil {
		h.Set("Content-Encoding", "gzip")
		h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`-gzip"`)
		content = packed
	}
	http.ServeContent(c.Writer, c.Request, name, time.Time{}, bytes.NewReader(content))
	return nil
}

// worthPacking is the size in bytes from which a text is sent compressed.
const worthPacking = 1400

// packed returns content compressed where the client takes it so and it is a
// text that gains by it, else nil. Each file is compressed once.
func (s *Server) packed(r *http.Request, name string, content []byte) []byte {
	switch path.Ext(name) {
	case ".js", ".css", ".html", ".svg", ".json":
	default:
		return nil
	}
	if len(content) < worthPacking || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Header.Get("Range") != "" {
		return nil
	}
	return s.assets.pack(name, content)
}
