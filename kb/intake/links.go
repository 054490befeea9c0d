package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

const (
	linkWorkers  = 8
	maxLinks     = 2000
	maxRedirects = 5
)

// LinkOptions set Links up; the zero value is usable.
type LinkOptions struct {
	// Timeout bounds one address with its redirects; 0 means 5 s.
	Timeout time.Duration
	// Permit says which addresses of machines may be asked; nil means Public.
	Permit func(netip.Addr) bool
}

// Links asks web addresses whether they answer. It asks no machine that Permit
// refuses, whatever a name resolves to and wherever a page redirects: the
// address is judged when the connection is made.
type Links struct {
	client    *http.Client
	transport *http.Transport
	timeout   time.Duration
}

// errPrivate is why a machine was not asked.
var errPrivate = errors.New("not a public address")

// NewLinks returns a Links.
func NewLinks(o LinkOptions) *Links {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Permit == nil {
		o.Permit = Public
	}
	dialer := &net.Dialer{Timeout: o.Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !o.Permit(at.Addr().Unmap()) {
			return errPrivate
		}
		return nil
	}}
	t := &http.Transport{
		Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, DisableKeepAlives: true,
		MaxResponseHeaderBytes: 64 << 10, ResponseHeaderTimeout: o.Timeout,
	}
	return &Links{transport: t, timeout: o.Timeout, client: &http.Client{
		Transport: t,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) >= maxRedirects || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
				return errors.New("too many redirects")
			}
			return nil
		},
	}}
}

// Close ends idle connections.
func (l *Links) Close() { l.transport.CloseIdleConnections() }

// special are networks beyond those that netip knows as not public: shared
// addresses, protocol assignments, tests, documentation, reserved ones, and
// translations that hide an IPv4 address (IANA special-purpose registries).
var special = func() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// Public reports whether an address belongs to a machine of the open internet.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() && a.Zone() == "" &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ask returns why an address does not answer, or nil. A page that wants a
// login, or fewer questions, is there.
func (l *Links) ask(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	status, err := l.request(ctx, http.MethodHead, address)
	if err == nil && status < http.StatusBadRequest {
		return nil
	}
	if err != nil && (errors.Is(err, errPrivate) || ctx.Err() != nil) {
		return err
	}
	// Some servers know GET only.
	if status, err = l.request(ctx, http.MethodGet, address); err != nil {
		return err
	}
	if status >= http.StatusBadRequest && status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusTooManyRequests {
		return fault.New(fault.NotFound, "网站回答 %d", status)
	}
	return nil
}

func (l *Links) request(ctx context.Context, method, address string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("User-Agent", "Yingda link check")
	response, err := l.client.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10))
	return response.StatusCode, errors.Join(err, response.Body.Close())
}

// addressed finds web addresses in Markdown.
var addressed = regexp.MustCompile(`https?://[^\s<>"'\\^{}|\x60，。；：！？、）】》”’]+`)

// links are the web addresses of an article, by the field they stand in, each once.
func links(a kb.Article) map[string]string {
	out := map[string]string{}
	add := func(field, address string) {
		if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
			return
		}
		if _, ok := out[address]; !ok {
			out[address] = field
		}
	}
	content := func(field, answer string, blocks []kb.Block) {
		for _, found := range addressed.FindAllString(answer, -1) {
			if n := strings.Count(found, ")") - strings.Count(found, "("); n > 0 { // the bracket of [text](address)
				found = found[:strings.LastIndexByte(found, ')')]
			}
			add(field+"answer", strings.TrimRight(found, ".,;:!?*_"))
		}
		for i, b := range blocks {
			in := fmt.Sprintf("%sblocks[%d]", field, i)
			add(in, b.URL)
			add(in, b.Image)
			for _, button := range b.Buttons {
				if button.Press == kb.OpenURL {
					add(in, button.Value)
				}
			}
		}
	}
	content("", a.Answer, a.Blocks)
	for i, v := range a.Variants {
		content(fmt.Sprintf("variants[%d].", i), v.Answer, v.Blocks)
	}
	for i, f := range a.Attachments {
		add(fmt.Sprintf("attachments[%d]", i), f.URL)
	}
	return out
}

// check asks the addresses of the rows that would be written, each once, and
// reports the rows whose do not answer; n is how many were asked.
func (l *Links) check(ctx context.Context, rows []Row, tell func(done, total int)) (out []Problem, n int, err error) {
	type use struct {
		row   int
		field string
	}
	uses := map[string][]use{}
	var order []string
	for i, r := range rows {
		if r.Outcome == Unchanged {
			continue
		}
		found := links(r.Article)
		for _, address := range sortedKeys(found) {
			if uses[address] == nil {
				order = append(order, address)
			}
			uses[address] = append(uses[address], use{i, found[address]})
		}
	}
	if len(order) > maxLinks {
		out = append(out, Problem{Problem: importer.Problem{
			Severity: importer.Warning, Code: TooManyLinks, Message: fmt.Sprintf("网址有 %d 个，只检查了前 %d 个", len(order), maxLinks), Mend: "拆成几个文件再检查",
		}})
		order = order[:maxLinks]
	}
	var mu sync.Mutex
	done := 0
	why := make(map[string]error, len(order))
	var group errgroup.Group
	group.SetLimit(linkWorkers)
	for _, address := range order {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			err := l.ask(ctx, address)
			mu.Lock()
			defer mu.Unlock()
			why[address] = err
			done++
			tell(done, len(order))
			return nil
		})
	}
	if err := cmp.Or(group.Wait(), ctx.Err()); err != nil {
		return nil, 0, err
	}
	for _, address := range order {
		for _, u := range uses[address] {
			if p, bad := linkProblem(rows[u.row], u.field, address, why[address]); bad {
				out = append(out, p)
			}
		}
	}
	return out, len(order), nil
}

func linkProblem(r Row, field, address string, err error) (Problem, bool) {
	var p Problem
	var known *fault.Error
	var resolve *net.DNSError
	switch {
	case err == nil:
		return p, false
	case errors.Is(err, errPrivate):
		p = r.problem(importer.Warning, field, UncheckedLink, "%s 是内部地址，没有检查，顾客也打不开", clipAddress(address))
		p.Mend = "换成顾客能打开的网址"
		return p, true
	case errors.As(err, &known):
		p = r.problem(importer.Warning, field, DeadLink, "打不开 %s：%s", clipAddress(address), known.Message)
	case errors.As(err, &resolve):
		p = r.problem(importer.Warning, field, DeadLink, "打不开 %s：没有这个域名", clipAddress(address))
	case errors.Is(err, context.DeadlineExceeded):
		p = r.problem(importer.Warning, field, DeadLink, "打不开 %s：网站太久没有回答", clipAddress(address))
	default:
		p = r.problem(importer.Warning, field, DeadLink, "打不开 %s：连接失败", clipAddress(address))
	}
	p.Mend = "检查网址是否写错或已经下线"
	return p, true
}

// clipAddress shortens an address for a message and hides a password in it.
func clipAddress(address string) string {
	if u, err := url.Parse(address); err == nil {
		address = u.Redacted()
	}
	if len(address) > 100 {
		return strings.ToValidUTF8(address[:100], "") + "…"
	}
	return address
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
