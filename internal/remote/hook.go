package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

const (
	// outputLimit is how much of what a command has printed is kept, in bytes.
	outputLimit = 4096
	// killGrace is how long a command that was given up may take to end, and its output to arrive.
	killGrace = 2 * time.Second
)

// Exec runs a command in an instance on the source.
func (p *Pair) Exec(ctx context.Context, ref plan.Ref, command plan.Command) (output string, err error) {
	what := fmt.Sprintf("run %s in %s", command.Name, ref)
	c := p.in(plan.Source, ref.Project)
	c.listen()
	said, done := &tail{}, make(chan bool)
	control := make(chan *websocket.Conn, 1)
	op, err := c.ExecInstance(ref.Name,
		api.InstanceExecPost{Command: []string{"/bin/sh", "-c", command.Text}, Environment: command.Env, WaitForWS: true},
		&incus.InstanceExecArgs{Stdout: said, Stderr: said, DataDone: done, Control: func(conn *websocket.Conn) { control <- conn }})
	if err != nil {
		return "", failure(what, err)
	}
	last, err := c.end(ctx, op.Get(), nil)
	if ctx.Err() != nil {
		c.kill(last, control)
		return said.String(), failure(what, ctx.Err())
	}
	if err != nil {
		return said.String(), failure(what, err)
	}
	select { // what it has printed may come later than its end
	case <-done:
	case <-ctx.Done():
	case <-time.After(killGrace): // something that it has left running holds its output open
	}
	code, ok := last.Metadata["return"].(float64)
	switch {
	case !ok:
		return said.String(), failure(what, errors.New("the server does not tell how it has ended"))
	case code != 0:
		return said.String(), failure(what, fmt.Errorf("it ended with exit status %.0f", code))
	}
	return said.String(), nil
}

// kill ends a command that is given up, and waits a moment for that.
func (c *projectClient) kill(op api.Operation, control <-chan *websocket.Conn) {
	grace, cancel := context.WithTimeout(context.Background(), killGrace)
	defer cancel()
	select {
	case conn := <-control:
		_ = conn.WriteJSON(api.InstanceExecControl{Command: "signal", Signal: 9})
	case <-grace.Done():
		return
	}
	_, _ = c.end(grace, op, nil)
}

// tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	data []byte
}

// Write takes everything.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, data...)
	if more := len(t.data) - outputLimit; more > 0 {
		t.data = append([]byte(nil), t.data[more:]...)
	}
	return len(data), nil
}

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}
