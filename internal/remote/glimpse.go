package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/lxc/incus/v6/shared/api"
)

// glimpses is how often an instance in an error state is looked at once more before that is believed.
const glimpses = 8

// lookAgain takes the instances of a project that a list has shown in an error state, as they are when that has passed or stays. What lies on
// a cluster member that does not answer is taken as it is: nothing more is told of it.
func (r *reader) lookAgain(c *projectClient, project string, doubted []*listedInstance) error {
	answers := map[string]bool{"": true}
	for _, full := range doubted {
		member := memberOf(full.Location)
		if _, asked := answers[member]; !asked {
			answers[member] = r.answers(member)
		}
		if answers[member] {
			seen, err := believed(r.ctx, full, func() (*listedInstance, error) { return c.listed(full.Name) }, r.pair.pace.ask/4)
			switch {
			case err == nil && seen == nil:
				continue
			case err == nil:
				full = seen
			case member == "" || r.ctx.Err() != nil:
				return err
			} // else it may be that the member has died since it answered
		}
		r.instance(project, full)
	}
	return nil
}

// listed reads one instance as a list tells it.
func (c *projectClient) listed(name string) (*listedInstance, error) {
	full, _, err := c.GetInstanceFull(name)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(full)
	if err != nil {
		return nil, err
	}
	listed := &listedInstance{}
	return listed, json.Unmarshal(data, listed)
}

// believed returns an instance that a list shows in an error state as ask tells it once that has passed: while a server stops, makes or renames an
// instance, its list may show it so for a moment, with nothing but its name (seen on 6.0.4). It returns nil for one that does not exist any
// more. What stays in an error state is in one, and what can't be read is an error, since nothing is known of it.
func believed(ctx context.Context, full *listedInstance, ask func() (*listedInstance, error), pause time.Duration) (*listedInstance, error) {
	for try := 0; try < glimpses && full.StatusCode == api.Error; try++ {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		again, err := ask()
		switch {
		case err == nil:
			full = again
		case api.StatusErrorCheck(err, http.StatusNotFound):
			return nil, nil
		case try == glimpses-1 && full.Type == "":
			return nil, err
		}
	}
	return full, nil
}
