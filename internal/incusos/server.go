package incusos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// Doer sends requests on a connection that is authenticated and pinned. An *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
	CloseIdleConnections()
}

// Server is a server as this package talks to it.
type Server struct {
	Name string // for people, and for the directory of its archives
	URL  string // https://HOST:PORT
	HTTP Doer
	// Changed reports whether an error of HTTP says that another certificate was shown than the pinned one.
	Changed func(error) bool
	// Rescue is set for the fallback listener of IncusOS, behind which there is no Incus.
	Rescue bool
}

// answerLimit bounds the answers that are read into memory, in bytes.
const answerLimit = 4 << 20

// envelope is how Incus and IncusOS wrap their answers.
type envelope struct {
	Type     string          `json:"type"`
	Error    string          `json:"error"`
	Metadata json.RawMessage `json:"metadata"`
}

// payload is the body of a request. The size stands in the request, as IncusOS gives a body ten seconds to come.
type payload struct {
	kind string // content type; never that of a form, of which IncusOS would eat the body
	body io.Reader
	size int64
}

func jsonPayload(value any) (*payload, error) {
	data, err := json.Marshal(value)
	return &payload{"application/json", bytes.NewReader(data), int64(len(data))}, err
}

// address is the URL of a path, passed on to a cluster member if one is named.
func (s *Server) address(path, member string, query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	if member != "" {
		query.Set("target", member)
	}
	text := s.URL + path
	if len(query) > 0 {
		text += "?" + query.Encode()
	}
	return text
}

// send sends one request, exactly once. The answer may be any.
func (s *Server) send(ctx context.Context, method, address string, p *payload) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	if p != nil {
		request.Body, request.ContentLength = io.NopCloser(p.body), p.size
		request.Header.Set("Content-Type", p.kind)
		if p.size == 0 {
			request.Body = http.NoBody
		}
	}
	return s.HTTP.Do(request)
}

// get reads an answer and what it holds.
func (s *Server) get(ctx context.Context, what, path, member string, into any) error {
	response, err := s.send(ctx, http.MethodGet, s.address(path, member, nil), nil)
	if err != nil {
		return s.unreachable(ctx, what, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s.refusal(what, response)
	}
	var e envelope
	data, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err == nil && e.Type != "sync" {
		err = errors.New("it is not an answer of Incus")
	}
	if err == nil {
		err = json.Unmarshal(e.Metadata, into)
	}
	if err != nil {
		return &Error{Text: fmt.Sprintf("%s: %s gives an answer that can't be read", what, s.Name), Hint: "check that the address is that of Incus", Err: err}
	}
	return nil
}

// unreachable is the error for a request that got no answer.
func (s *Server) unreachable(ctx context.Context, what string, err error) error {
	e := &Error{Text: what + ": " + s.cause(ctx, err), Kind: Unanswered, Err: err, Hint: "check the server and the network between"}
	if ctx.Err() != nil {
		e.Err = ctx.Err()
	}
	return e
}

// cause says in words why a request got no answer.
func (s *Server) cause(ctx context.Context, err error) string {
	var request *url.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return "interrupted"
	case ctx.Err() != nil:
		return s.Name + " does not answer in time"
	case s.Changed != nil && s.Changed(err):
		return s.Name + " shows another certificate than the pinned one"
	case broken(err):
		return s.Name + " broke the connection off"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + s.URL
	case errors.As(err, &request):
		err = request.Err
	}
	return foreign(err.Error())
}

// broken reports whether a connection ended in the middle.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// refusal is the error for an answer that is none of success. It reads the body.
func (s *Server) refusal(what string, response *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	var e envelope
	_ = json.Unmarshal(body, &e) // an empty or foreign body has no message
	said := foreign(e.Error)
	is := func(code int, part string) bool { return response.StatusCode == code && strings.Contains(said, part) }
	switch {
	case is(http.StatusBadRequest, "isn't running IncusOS"):
		return &Error{Kind: NotIncusOS, Text: fmt.Sprintf("%s: %s does not run IncusOS", what, s.Name)}
	case response.StatusCode == http.StatusForbidden:
		return NoRightsError(what, s.Name)
	case is(http.StatusNotFound, "Cluster member not found"):
		return &Error{Kind: NoMember, Text: fmt.Sprintf("%s: %s has no such member", what, s.Name), Hint: "`incus cluster list` names the members"}
	case response.StatusCode == http.StatusNotFound:
		return &Error{Kind: NotThere, Text: fmt.Sprintf("%s: %s knows nothing of it", what, s.Name), Hint: "`iab os status` shows what there is"}
	case is(http.StatusInternalServerError, "not supported"):
		return &Error{Kind: NoState, Text: fmt.Sprintf("%s: it has no state of its own", what)}
	case is(http.StatusInternalServerError, "i/o timeout"):
		return &Error{Text: fmt.Sprintf("%s: %s did not get all of it within its ten seconds: %s", what, s.Name, said),
			Hint: "run IAB nearer to the server, where the network is faster"}
	case response.StatusCode == http.StatusBadGateway && said == "":
		return &Error{Kind: Unanswered, Text: fmt.Sprintf("%s: the service of IncusOS on %s does not answer", what, s.Name), Hint: "see the console of the server"}
	case said == "":
		return &Error{Text: fmt.Sprintf("%s: %s answers %s", what, s.Name, foreign(response.Status))}
	}
	return &Error{Text: fmt.Sprintf("%s: %s says: %s", what, s.Name, said)}
}

// NoRightsError is the error for a server on which IAB's certificate is restricted to projects.
func NoRightsError(what, name string) error {
	return &Error{Kind: NoRights, Text: fmt.Sprintf("%s: IAB's certificate is restricted on %s", what, name),
		Hint: "this needs all rights on the server: incus config trust edit FINGERPRINT, restricted: false"}
}
