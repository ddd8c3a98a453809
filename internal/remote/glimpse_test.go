package remote

import (
	"errors"
	"net/http"
	"testing"

	"github.com/lxc/incus/v6/shared/api"
)

// A list of instances may show one in an error state for a moment, and then tells nothing but its name. A plan that believed that would
// take it for an instance without marks, devices and snapshots.
func TestAnErrorStateIsBelievedOnlyIfItStays(t *testing.T) {
	whole := func(status api.StatusCode) *listedInstance {
		return &listedInstance{Instance: api.Instance{Name: "web", Type: "container", StatusCode: status}}
	}
	missing := api.StatusErrorf(http.StatusNotFound, "Instance not found")
	for _, c := range []struct {
		says    string
		answers []any // of one look after the other, the last one for ever
		want    string
		fails   bool
	}{
		{"it was about to stop", []any{whole(api.Error), whole(api.Stopped)}, "Stopped", false},
		{"it was about to be made", []any{errors.New("busy"), whole(api.Running)}, "Running", false},
		{"it has been deleted", []any{missing}, "", false},
		{"it is in an error state", []any{whole(api.Error)}, "Error", false},
		{"it can't be read", []any{errors.New("no")}, "", true},
	} {
		t.Run(c.says, func(t *testing.T) {
			asked := 0
			got, err := believed(t.Context(), &listedInstance{Instance: api.Instance{Name: "web", StatusCode: api.Error}}, func() (*listedInstance, error) {
				answer := c.answers[min(asked, len(c.answers)-1)]
				asked++
				if full, ok := answer.(*listedInstance); ok {
					return full, nil
				}
				return nil, answer.(error)
			}, 0)
			state := ""
			if got != nil {
				state = got.StatusCode.String()
			}
			if (err != nil) != c.fails || state != c.want || asked > glimpses {
				t.Errorf("%q, %v, after %d questions", state, err, asked)
			}
		})
	}
}
