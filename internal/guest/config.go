package guest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Keys are the names of the config keys that an instance may read.
type Keys struct {
	Keys []string `json:"keys"` // sorted
}

// Entry is one config key.
type Entry struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Devices are the instance's devices as they are in force, those of its profiles included.
type Devices struct {
	Devices map[string]map[string]string `json:"devices"` // keys and values by name
}

// Keys lists the config keys that the instance may read, those of its profiles included.
func (c *Client) Keys(ctx context.Context) (Keys, error) {
	const what = "list the config keys of this instance"
	var paths []string
	if err := c.get(ctx, what, "/1.0/config", &paths); err != nil {
		return Keys{}, err
	}
	keys := Keys{Keys: []string{}}
	for _, path := range paths {
		key, ok := strings.CutPrefix(path, "/1.0/config/")
		if !ok {
			return Keys{}, malformed(what)
		}
		keys.Keys = append(keys.Keys, key)
	}
	slices.Sort(keys.Keys)
	return keys, nil
}

// Value reads one config key. One that is not set is an error of the kind Missing.
func (c *Client) Value(ctx context.Context, key string) (string, error) {
	what := "read the config key " + key
	if !strings.HasPrefix(key, "user.") && !strings.HasPrefix(key, "cloud-init.") {
		return "", &Error{Kind: Malformed, Text: what + ": an instance can't see it", Hint: "only keys that begin with user. or cloud-init. are shown to instances"}
	}
	data, err := c.read(ctx, request{what, http.MethodGet, "/1.0/config/" + url.PathEscape(key), ""})
	if own := (*Error)(nil); errors.As(err, &own) && own.Kind == Missing {
		own.Text = what + ": it is not set"
		own.Hint = "set it where the instance lives: incus config set INSTANCE " + key + "=VALUE"
	}
	return string(data), err
}

// Devices reads the devices.
func (c *Client) Devices(ctx context.Context) (Devices, error) {
	d := Devices{Devices: map[string]map[string]string{}}
	err := c.get(ctx, "read the devices of this instance", "/1.0/devices", &d.Devices)
	return d, err
}
