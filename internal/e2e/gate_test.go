//go:build e2e

package e2e

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"iab/internal/lab"
)

// heldAfter is how many bytes a connection may carry through a shut gate: more than any request, less than bulk holds.
const (
	heldAfter = 1 << 20
	bulk      = 12 << 20
)

// gate is a way to a daemon that can be shut in the middle of a copy: all but the connections that carry its data go on.
type gate struct {
	listener net.Listener
	daemon   string
	carried  atomic.Int64 // bytes, both ways

	mu      sync.Mutex
	reached chan struct{} // closed when the first connection is held
	opened  chan struct{} // closed when held connections go on
	through map[net.Conn]bool
	broken  bool // no connection gets through
}

// gated puts an open gate between IAB and a daemon, and between the daemons where data goes to this one.
func (f *fixture) gated(d *lab.Daemon) *gate {
	f.Helper()
	g := newGate(f.T, d)
	url := &f.sourceURL
	if d == f.target {
		url = &f.targetURL
	}
	*url = g.url()
	return g
}

// newGate is an open gate before a daemon.
func newGate(t *testing.T, d *lab.Daemon) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{listener: listener, daemon: d.Address(), opened: make(chan struct{}), through: map[net.Conn]bool{}}
	g.open()
	go g.serve()
	t.Cleanup(func() {
		g.open()
		g.listener.Close()
	})
	return g
}

// url is where the daemon is found through the gate.
func (g *gate) url() string { return "https://" + g.listener.Addr().String() }

// cut breaks all connections, and every new one, until mend.
func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = true
	for conn := range g.through {
		conn.Close()
	}
}

func (g *gate) mend() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = false
}

// enter notes a connection, and reports false if the way is cut.
func (g *gate) enter(conn net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.through[conn] = true
	return !g.broken
}

func (g *gate) leave(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.through, conn)
	conn.Close()
}

// shut makes the gate hold the next copy, and returns what is closed when it does.
func (g *gate) shut() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reached, g.opened = make(chan struct{}), make(chan struct{})
	return g.reached
}

// open lets everything through.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.opened:
	default:
		close(g.opened)
	}
}

// hold waits for the gate to be open.
func (g *gate) hold() {
	g.mu.Lock()
	opened := g.opened
	select {
	case <-opened:
	case <-g.reached:
	default:
		close(g.reached)
	}
	g.mu.Unlock()
	<-opened
}

func (g *gate) serve() {
	for {
		client, err := g.listener.Accept()
		if err != nil {
			return
		}
		go g.pass(client)
	}
}

func (g *gate) pass(client net.Conn) {
	defer g.leave(client)
	if !g.enter(client) {
		return
	}
	server, err := net.Dial("tcp", g.daemon)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	go func() { g.pump(server, client); ended <- struct{}{} }()
	go func() { g.pump(client, server); ended <- struct{}{} }()
	<-ended
}

func (g *gate) pump(to io.Writer, from io.Reader) {
	buffer, carried := make([]byte, 32<<10), 0
	for {
		n, err := from.Read(buffer)
		g.carried.Add(int64(n))
		if carried += n; carried > heldAfter {
			g.hold()
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

// await waits for a channel, at most a minute.
func (f *fixture) await(what string, done <-chan struct{}) {
	f.Helper()
	select {
	case <-done:
	case <-time.After(time.Minute):
		f.Fatalf("%s did not happen within a minute", what)
	}
}

// until waits for a condition, at most a minute.
func (f *fixture) until(what string, holds func() bool) {
	f.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			f.Fatalf("not within a minute: %s", what)
		}
	}
}

// nextSecond waits until nothing that exists has been made in this second. What was made in the second of a plan counts as made behind the snapshot
// that the plan takes, and servers compare whole seconds.
func nextSecond() { time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) }

// idle waits until no server works on the project any more.
func (f *fixture) idle() {
	f.Helper()
	for _, d := range []*lab.Daemon{f.source, f.target} {
		f.until("the "+d.Name+" has finished all operations", func() bool {
			list, err := d.Project(f.project).GetOperations()
			f.must(err)
			for _, op := range list {
				if !op.StatusCode.IsFinal() {
					return false
				}
			}
			return true
		})
	}
}
