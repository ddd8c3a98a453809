package guest

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// EventTypes are the types of events that the guest API has.
var EventTypes = []string{"config", "device"}

// maxEvent is how large one event may be, in bytes: two values of a config key.
const maxEvent = 2 * maxAnswer

// Event is a change of the instance's config or devices.
type Event struct {
	At       time.Time         `json:"at"`
	Type     string            `json:"type"`
	Key      string            `json:"key,omitempty"` // of a config event, as the next two
	OldValue string            `json:"oldValue,omitempty"`
	Value    string            `json:"value,omitempty"`
	Device   string            `json:"device,omitempty"` // of a device event, as the next two
	Action   string            `json:"action,omitempty"` // added, updated or removed
	Config   map[string]string `json:"config,omitempty"`
}

// stream is an open connection for events.
type stream struct {
	client *Client
	conn   *websocket.Conn
	stop   func() bool
}

const whatEvents = "listen to the events of this instance"

// Events calls tell with every event of the types until the context ends, which is no error, or tell returns an error. No
// types are all of them. A connection that ends otherwise is an error.
func (c *Client) Events(ctx context.Context, types []string, tell func(Event) error) error {
	s, err := c.listen(ctx, types)
	if err != nil {
		return err
	}
	defer s.close()
	for {
		event, err := s.next(ctx)
		if err != nil {
			return unlessInterrupted(err)
		}
		if err := tell(event); err != nil {
			return err
		}
	}
}

func unlessInterrupted(err error) error {
	if Is(err, Interrupted) {
		return nil
	}
	return err
}

// listen opens a connection for events; they count from its return.
func (c *Client) listen(ctx context.Context, types []string) (s *stream, err error) {
	err = persistently(ctx, func() error {
		s, err = c.listenOnce(ctx, types)
		return err
	})
	return s, err
}

func (c *Client) listenOnce(ctx context.Context, types []string) (*stream, error) {
	address := "ws://incus/1.0/events"
	if len(types) > 0 {
		address += "?type=" + url.QueryEscape(strings.Join(types, ","))
	}
	dialer := websocket.Dialer{NetDialContext: c.dial, HandshakeTimeout: patience}
	conn, resp, err := dialer.DialContext(ctx, address, nil)
	if resp != nil {
		defer resp.Body.Close()
	}
	switch {
	case errors.Is(err, websocket.ErrBadHandshake) && resp != nil:
		return nil, refusal(whatEvents, resp)
	case err != nil:
		return nil, c.unreachable(whatEvents, cause(ctx, err))
	}
	conn.SetReadLimit(maxEvent)
	return &stream{client: c, conn: conn, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
}

func (s *stream) close() {
	s.stop()
	_ = s.conn.Close() // nothing was written that could be lost
}

// next waits for an event.
func (s *stream) next(ctx context.Context) (Event, error) {
	_, data, err := s.conn.ReadMessage()
	if err != nil {
		return Event{}, s.client.unreachable(whatEvents, cause(ctx, err))
	}
	var raw struct {
		Timestamp time.Time `json:"timestamp"`
		Type      string    `json:"type"`
		Metadata  struct {
			Key      string            `json:"key"`
			OldValue string            `json:"old_value"`
			Value    string            `json:"value"`
			Name     string            `json:"name"`
			Action   string            `json:"action"`
			Config   map[string]string `json:"config"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return Event{}, malformed(whatEvents)
	}
	m := raw.Metadata
	return Event{raw.Timestamp, raw.Type, m.Key, m.OldValue, m.Value, m.Name, m.Action, m.Config}, nil
}

// cause is the end of the context where that broke a connection.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
