package guest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// State is whether an instance counts as ready. Incus shows the first as status READY, the second as RUNNING, and forgets
// a Ready when its server restarts.
type State string

// The states that an instance can give itself.
const (
	Ready   State = "Ready"
	Started State = "Started"
)

// Info is what the server says about itself and the instance.
type Info struct {
	APIs         []string `json:"apis"`         // versions of the guest API, as paths
	APIVersion   string   `json:"apiVersion"`   // version of the one that was asked
	Location     string   `json:"location"`     // member of the cluster, or name of the host
	InstanceType string   `json:"instanceType"` // container or virtual-machine
	State        State    `json:"state"`
	InstanceID   string   `json:"instanceId"`
	Name         string   `json:"name"` // of the instance
}

// Info asks for everything but config, devices and events.
func (c *Client) Info(ctx context.Context) (Info, error) {
	const what = "ask the guest API about this instance"
	info := Info{APIs: []string{}}
	if err := c.get(ctx, what, "/", &info.APIs); err != nil {
		return Info{}, err
	}
	var answer status
	if err := c.get(ctx, what, "/1.0", &answer); err != nil {
		return Info{}, err
	}
	metadata, err := c.Metadata(ctx)
	if err != nil {
		return Info{}, err
	}
	info.APIVersion, info.Location, info.InstanceType, info.State = answer.APIVersion, answer.Location, answer.InstanceType, answer.State
	info.InstanceID, info.Name = metadata.InstanceID, metadata.Name
	return info, nil
}

// status is the server's answer about itself.
type status struct {
	APIVersion   string `json:"api_version"`
	Location     string `json:"location"`
	InstanceType string `json:"instance_type"`
	State        State  `json:"state"`
}

// State asks whether the instance counts as ready.
func (c *Client) State(ctx context.Context) (State, error) {
	var answer status
	err := c.get(ctx, "ask for the state of this instance", "/1.0", &answer)
	return answer.State, err
}

// SetState tells the server whether the instance is ready.
func (c *Client) SetState(ctx context.Context, state State) error {
	body := fmt.Sprintf(`{"state":%q}`, state)
	_, err := c.read(ctx, request{fmt.Sprintf("report the state %s", state), http.MethodPatch, "/1.0", body})
	return err
}

// Metadata is the instance's meta-data as cloud-init reads it.
type Metadata struct {
	InstanceID string `json:"instanceId"` // the instance's volatile.cloud-init.instance-id; its name where it has none
	Name       string `json:"name"`       // of the instance
	Text       string `json:"text"`       // the whole, a YAML document: both of these and what user.meta-data adds
}

// Metadata asks for the meta-data. Lines that user.meta-data adds don't change the two names: the server's come first.
func (c *Client) Metadata(ctx context.Context) (Metadata, error) {
	const what = "read the meta-data of this instance"
	data, err := c.read(ctx, request{what, http.MethodGet, "/1.0/meta-data", ""})
	if err != nil {
		return Metadata{}, err
	}
	m := Metadata{Text: string(data)}
	for line := range strings.Lines(m.Text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case key == "instance-id" && m.InstanceID == "":
			m.InstanceID = value
		case key == "local-hostname" && m.Name == "":
			m.Name = value
		}
	}
	if m.InstanceID == "" || m.Name == "" {
		return Metadata{}, malformed(what)
	}
	return m, nil
}

// Reported is the state that the server was told.
type Reported struct {
	State State `json:"state"`
}
