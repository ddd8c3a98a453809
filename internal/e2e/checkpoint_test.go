//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/remote"
)

// request is what a checkpoint sees: a request of IAB or of the other server, or, with the method "DATA", that a websocket
// has carried so many bytes in one direction.
type request struct {
	side               plan.Side
	method, path, body string
	carried            int
}

// about reports whether the request is made to a side with one of the methods, and its path and body hold all the texts.
func (q request) about(side plan.Side, methods string, texts ...string) bool {
	if q.side != side || !strings.Contains(" "+methods+" ", " "+q.method+" ") {
		return false
	}
	for _, text := range texts {
		if !strings.Contains(q.path+"\n"+q.body, text) {
			return false
		}
	}
	return true
}

// migrates reports whether the request begins one end of a copy between the servers. Such an operation waits for the other end.
func (q request) migrates() bool {
	return q.method == http.MethodPost && (strings.Contains(q.body, `"type":"migration"`) || strings.Contains(q.body, `"migration":true`))
}

// trap holds one request, before it reaches the server or after it took effect there.
type trap struct {
	takes func(request) bool
	after bool
	held  chan struct{} // closed when a request is held
	open  chan struct{} // closed when it goes on, or is lost
	lost  bool          // before open is closed: who asked is dead, and the request goes nowhere
}

// hold keeps a request until its time has come, and reports whether it goes on. That who asked is dead shows in the context too late.
func (t *trap) hold(ctx context.Context) bool {
	close(t.held)
	select {
	case <-t.open:
		return !t.lost && ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// checkpoints are the ways to both servers. They end TLS with the servers' own certificates and so see every request.
type checkpoints struct {
	source, target *checkpoint

	carried atomic.Int64 // bytes of all websockets
	seen    atomic.Int64 // requests, but for data

	mu   sync.Mutex
	trap *trap
}

// trapped sets a trap for the first request that takes accepts; takes is called for one request at a time.
func (p *checkpoints) trapped(after bool, takes func(request) bool) *trap {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap = &trap{takes: takes, after: after, held: make(chan struct{}), open: make(chan struct{})}
	return p.trap
}

// pass returns the trap that the request has sprung, or nil.
func (p *checkpoints) pass(q request) *trap {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trap == nil || !p.trap.takes(q) {
		return nil
	}
	sprung := p.trap
	p.trap = nil
	return sprung
}

// release lets the held request go on, and holds none any more.
func (p *checkpoints) release(t *trap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap = nil
	close(t.open)
}

// lose ends the held request with who has made it, and holds none any more.
func (p *checkpoints) lose(t *trap) {
	t.lost = true
	p.release(t)
}

func (p *checkpoints) on(side plan.Side) *checkpoint {
	return plan.Sides[*checkpoint]{Source: p.source, Target: p.target}.On(side)
}

// checkpoint is the way to one server.
type checkpoint struct {
	all     *checkpoints
	side    plan.Side
	daemon  *lab.Daemon
	tls     *tls.Config
	forward *httputil.ReverseProxy
	address string

	mu     sync.Mutex
	server *http.Server          // nil while the way is cut
	joined map[net.Conn]struct{} // both ends of every websocket
}

// watched puts checkpoints on the ways to both servers of an onboarded IAB.
func (f *fixture) watched() *checkpoints {
	f.Helper()
	p := &checkpoints{}
	p.source, p.target = f.checkpoint(p, plan.Source, f.source), f.checkpoint(p, plan.Target, f.target)
	hosts := f.config()["hosts"].([]any)
	for _, host := range hosts {
		c := p.on(plan.Side(host.(object)["role"].(string)))
		host.(object)["url"] = "https://" + c.address
		path, err := remote.PinPath(f.credDir(), "https://"+c.address)
		f.must(err)
		certificate, err := os.ReadFile(filepath.Join(c.daemon.Dir, "server.crt"))
		f.must(err)
		f.must(os.WriteFile(path, certificate, 0o600))
	}
	f.configure(object{"hosts": hosts})
	return p
}

func (f *fixture) checkpoint(p *checkpoints, side plan.Side, d *lab.Daemon) *checkpoint {
	f.Helper()
	certificate, err := tls.LoadX509KeyPair(filepath.Join(d.Dir, "server.crt"), filepath.Join(d.Dir, "server.key"))
	f.must(err)
	host, _, err := net.SplitHostPort(d.Address())
	f.must(err)
	c := &checkpoint{all: p, side: side, daemon: d, address: net.JoinHostPort(host, "0"), joined: map[net.Conn]struct{}{}}
	c.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13}
	c.forward = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "incus"})
	c.forward.FlushInterval = -1
	c.forward.Transport = &http.Transport{DialContext: c.dial, DisableKeepAlives: true}
	c.forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) } // as a dead server answers
	f.must(c.mend())
	f.Cleanup(c.cut)
	return c
}

// dial connects to the server, on whose own socket every request is trusted.
func (c *checkpoint) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", c.daemon.Socket())
}

// mend opens the way, at the address that it had before. An open way stays as it is.
func (c *checkpoint) mend() error {
	if c.open() {
		return nil
	}
	listener, err := tls.Listen("tcp", c.address, c.tls)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.address = listener.Addr().String()
	c.server = &http.Server{Handler: http.HandlerFunc(c.serve), ReadHeaderTimeout: time.Minute}
	server := c.server
	go func() { _ = server.Serve(listener) }()
	return nil
}

func (c *checkpoint) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server != nil
}

// cut breaks all connections and lets no new ones in, as a server that died or a cable that was pulled.
func (c *checkpoint) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return
	}
	_ = c.server.Close()
	c.server = nil
	for conn := range c.joined {
		_ = conn.Close()
	}
	clear(c.joined)
}

func (c *checkpoint) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	q := request{side: c.side, method: r.Method, path: r.URL.Path, body: string(body)}
	c.all.seen.Add(1)
	if r.Header.Get("Upgrade") != "" {
		c.join(w, r, q)
		return
	}
	sprung := c.all.pass(q)
	if sprung != nil && !sprung.after {
		if !sprung.hold(r.Context()) {
			panic(http.ErrAbortHandler) // who asked is dead, or the way is cut: the server never hears of it
		}
	}
	forward := *c.forward
	if sprung != nil && sprung.after {
		forward.ModifyResponse = func(answer *http.Response) error {
			c.settle(q, answer)
			if !sprung.hold(r.Context()) {
				return http.ErrAbortHandler
			}
			return nil
		}
	}
	forward.ServeHTTP(w, r)
}

// settle returns when the operation that the answer tells of has ended.
func (c *checkpoint) settle(q request, answer *http.Response) {
	body, _ := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	var told struct{ Operation string }
	if json.Unmarshal(body, &told) == nil && told.Operation != "" && !q.migrates() {
		path, _, _ := strings.Cut(told.Operation, "?")
		_, _, _ = c.daemon.Client().RawQuery(http.MethodGet, path+"/wait", nil, "")
	}
}

// join connects both ends of a websocket.
func (c *checkpoint) join(w http.ResponseWriter, r *http.Request, q request) {
	server, err := c.dial(r.Context(), "", "")
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer server.Close()
	client, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	if !c.keep(client, server) || r.Write(server) != nil {
		return
	}
	q.method = "DATA"
	ended := make(chan struct{}, 2)
	go func() { c.pump(q, server, buffered); ended <- struct{}{} }()
	go func() { c.pump(q, client, server); ended <- struct{}{} }()
	<-ended
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.joined, client)
	delete(c.joined, server)
}

// keep notes connections that have to end when the way is cut, and reports false if it is.
func (c *checkpoint) keep(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		c.joined[conn] = struct{}{}
	}
	return c.server != nil
}

func (c *checkpoint) pump(q request, to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		q.carried += n
		c.all.carried.Add(int64(n))
		if sprung := c.all.pass(q); sprung != nil {
			sprung.hold(context.Background())
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}
