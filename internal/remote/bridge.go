package remote

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/gorilla/websocket"
	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
	"github.com/lxc/incus/v6/shared/ws"
)

// bridge joins the websockets of two operations, so that two servers which can't reach each other exchange their data
// through this process.
type bridge struct {
	mu    sync.Mutex
	conns []*websocket.Conn
}

// connect joins every socket that both operations offer, the control socket first.
func connect(source incus.InstanceServer, sending incus.Operation, target incus.InstanceServer, receiving incus.Operation) (*bridge, error) {
	from, to := secrets(sending), secrets(receiving)
	if from[api.SecretNameControl] == "" || to[api.SecretNameControl] == "" {
		return nil, errors.New("one server offers no control socket")
	}
	b := &bridge{}
	names := slices.SortedFunc(maps.Keys(from), func(a, b string) int {
		return order(a) - order(b)
	})
	for _, name := range names {
		if to[name] == "" {
			continue
		}
		if err := b.join(source, sending, from[name], target, receiving, to[name]); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

func order(name string) int {
	if name == api.SecretNameControl {
		return 0
	}
	return 1
}

func (b *bridge) join(source incus.InstanceServer, sending incus.Operation, from string, target incus.InstanceServer, receiving incus.Operation, to string) error {
	left, err := source.GetOperationWebsocket(sending.Get().ID, from)
	if err != nil {
		return err
	}
	right, err := target.GetOperationWebsocket(receiving.Get().ID, to)
	if err != nil {
		_ = left.Close()
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns = append(b.conns, left, right)
	ws.Proxy(left, right) // ends when either side closes
	return nil
}

// close closes every socket. Both operations have ended, or have to.
func (b *bridge) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, conn := range b.conns {
		_ = conn.Close()
	}
	b.conns = nil
}
