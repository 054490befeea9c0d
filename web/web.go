// Package web holds the built pages: the chat widget, the agents' desk, the
// trainers' console and the demo shop. Their TypeScript sources lie beside it;
// `make web` builds them into dist, which is embedded.
//
// dist/widget.js, dist/index.html, dist/desk/index.html and
// dist/console/index.html have fixed names and must be revalidated by
// browsers. Everything under dist/assets has its content's hash in its name
// and may be cached forever.
package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"io/fs"

	"github.com/yingda/yingda/internal/fault"
)

//go:embed all:dist
var dist embed.FS

// required are the files without which a build is not complete.
var required = []string{"widget.js", "index.html", "desk/index.html", "console/index.html"}

// FS returns the built pages, rooted at dist. A binary built without them
// gives fault.Unavailable that says how to build them.
func FS() (fs.FS, error) { return complete(dist) }

func complete(embedded fs.FS) (fs.FS, error) {
	pages, err := fs.Sub(embedded, "dist")
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the web pages cannot be read from this binary")
	}
	for _, name := range required {
		if _, err := fs.Stat(pages, name); err != nil {
			return nil, fault.Wrap(err, fault.Unavailable,
				"this binary was built without its web pages (%s is missing): run `make web`, then build again", name)
		}
	}
	return pages, nil
}

// placeholder is where the sources of the pages leave room for their configuration.
var placeholder = []byte("<!--yingda:config-->")

// Inject returns a copy of page, an HTML document of FS, in which the
// placeholder gives way to a script that sets window.__YINGDA__ to config.
// encoding/json escapes <, > and &, so that no value can end the script. nonce
// goes into the script's nonce attribute for a Content-Security-Policy; it is
// left out when empty and must be base64 otherwise (fault.Invalid).
// A page without the placeholder is fault.Invalid.
func Inject(page []byte, config any, nonce string) ([]byte, error) {
	before, after, found := bytes.Cut(page, placeholder)
	if !found {
		return nil, fault.New(fault.Invalid, "the page has no %s to put its configuration in", placeholder)
	}
	value, err := json.Marshal(config)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the page's configuration is not JSON")
	}
	if bytes.ContainsFunc([]byte(nonce), func(r rune) bool { return !isBase64(r) }) {
		return nil, fault.New(fault.Invalid, "the nonce is not base64")
	}
	var out bytes.Buffer
	out.Grow(len(page) + len(value) + 64)
	out.Write(before)
	out.WriteString("<script")
	if nonce != "" {
		out.WriteString(` nonce="` + nonce + `"`)
	}
	out.WriteString(">window.__YINGDA__=")
	out.Write(value)
	out.WriteString("</script>")
	out.Write(after)
	return out.Bytes(), nil
}

func isBase64(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	default:
		return r == '+' || r == '/' || r == '=' || r == '-' || r == '_'
	}
}
