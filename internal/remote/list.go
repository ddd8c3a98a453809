package remote

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"
)

// eachInstance reads the instances of the project with their snapshots and their state, or without both.
func (c *projectClient) eachInstance(ctx context.Context, brief bool, take func(*listedInstance)) error {
	recursion := "2"
	if brief {
		recursion = "1"
	}
	return each(ctx, c, "/instances", url.Values{"recursion": {recursion}}, take)
}

// eachVolume reads the custom volumes that the project has in a pool, and their snapshots as "volume/snapshot", without configs (seen
// on 6.0.4).
func (c *projectClient) eachVolume(ctx context.Context, pool string, take func(*api.StorageVolume)) error {
	var wrong error
	query := url.Values{"recursion": {"1"}, "filter": {"type eq custom"}}
	err := each(ctx, c, "/storage-pools/"+url.PathEscape(pool)+"/volumes", query, func(v *listedVolume) {
		if len(v.Config) > 0 && !strings.Contains(v.Name, "/") {
			wrong = first(wrong, json.Unmarshal(v.Config, &v.StorageVolume.Config))
		}
		take(&v.StorageVolume)
	})
	return first(err, wrong)
}

// eachVolumeName reads the names of the custom volumes that the project has in a pool. A list of names is told at once, whatever the server holds
// (see docs/observed.md). One that several cluster members have comes several times.
func (c *projectClient) eachVolumeName(ctx context.Context, pool string, take func(string)) error {
	path := "/storage-pools/" + url.PathEscape(pool) + "/volumes/custom"
	var wrong error
	err := each(ctx, c, path, url.Values{}, func(address *string) {
		parsed, err := url.Parse(*address)
		if err != nil {
			wrong = first(wrong, err)
			return
		}
		name, ofSnapshot := "", false
		if _, rest, ok := strings.Cut(parsed.EscapedPath(), "/volumes/custom/"); ok {
			name, _, ofSnapshot = strings.Cut(rest, "/")
		}
		if name, err = url.PathUnescape(name); err != nil || name == "" {
			wrong = first(wrong, errNotIncus)
		} else if !ofSnapshot {
			take(name)
		}
	})
	return first(err, wrong)
}

// listedVolume is a volume or a snapshot of one whose config is read only if it is wanted: there are many snapshots.
type listedVolume struct {
	api.StorageVolume
	Config json.RawMessage `json:"config"`
}

// maxRefusal is how much of an answer that is no list is read, in bytes.
const maxRefusal = 1 << 20

// each reads a list that a server tells and hands out every element as soon as it has come. The client library holds the answer
// several times over before it hands out any, and the snapshots of a thousand instances are more than fifty megabytes. An error means that the list has not been read to
// its end, though some of it may have been handed out.
func each[T any](ctx context.Context, c *projectClient, path string, query url.Values, take func(*T)) error {
	info, err := c.GetConnectionInfo()
	if err != nil {
		return err
	}
	query.Set("project", info.Project)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, info.URL+"/1.0"+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := c.DoHTTP(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	err = elements(json.NewDecoder(response.Body), take)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF // the answer breaks off
	}
	return err
}

// refusal is what a server says instead of an answer.
func refusal(response *http.Response) error {
	var said api.Response
	if json.NewDecoder(io.LimitReader(response.Body, maxRefusal)).Decode(&said) != nil || said.Error == "" {
		said.Error = response.Status
	}
	return api.StatusErrorf(response.StatusCode, "%s", said.Error)
}

// elements hands out what stands in the list "metadata" of an answer.
func elements[T any](answer *json.Decoder, take func(*T)) error {
	if err := expect(answer, '{'); err != nil {
		return err
	}
	told := false
	for answer.More() {
		key, err := answer.Token()
		switch {
		case err != nil:
			return err
		case key == "metadata":
			told, err = true, list(answer, take)
		default:
			var other json.RawMessage
			err = answer.Decode(&other)
		}
		if err != nil {
			return err
		}
	}
	if err := expect(answer, '}'); err != nil {
		return err
	}
	if !told {
		return errNotIncus
	}
	return nil
}

// list hands out the elements of a list, none where there is null instead.
func list[T any](answer *json.Decoder, take func(*T)) error {
	opening, err := answer.Token()
	if err != nil || opening == nil {
		return err
	}
	if opening != json.Delim('[') {
		return errNotIncus
	}
	for answer.More() {
		element := new(T)
		if err := answer.Decode(element); err != nil {
			return err
		}
		take(element)
	}
	return expect(answer, ']')
}

func expect(answer *json.Decoder, want json.Delim) error {
	found, err := answer.Token()
	if err == nil && found != want {
		err = errNotIncus
	}
	return err
}

// listedInstance is an instance with what an inventory wants to know of its snapshots and its state, which is little of what a server tells.
type listedInstance struct {
	api.Instance
	Snapshots []listedSnapshot `json:"snapshots"`
	State     *listedState     `json:"state"`
}

type listedSnapshot struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	Size      int64     `json:"size"`
}

type listedState struct {
	Disk map[string]struct {
		Usage int64 `json:"usage"`
	} `json:"disk"`
}

// used is how many bytes the root disk takes, 0 where the server does not tell.
func (i *listedInstance) used() int64 {
	root, _, ok := rootDisk(i.ExpandedDevices)
	if !ok || i.State == nil {
		return 0
	}
	return max(i.State.Disk[root].Usage, 0)
}
