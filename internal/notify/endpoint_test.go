package notify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	checkID  = "5f0e3c1a-9b57-4c7e-8f3d-2a6b1c0d9e8f"
	appToken = "AbC.d3F_gH1jK-m"
)

// request is what a server saw.
type request struct {
	Method, URI, Type, Body string
}

// recorder is a server that notes every request before it answers.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []request
}

func record(t testing.TB, answer http.HandlerFunc) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewServer(r.handler(answer))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) handler(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.seen = append(r.seen, request{req.Method, req.RequestURI, req.Header.Get("Content-Type"), string(body)})
		r.mu.Unlock()
		if answer != nil {
			answer(w, req)
		}
	})
}

func (r *recorder) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.seen...)
}

// hang never answers until the test ends.
func hang(t testing.TB) http.HandlerFunc {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	return func(_ http.ResponseWriter, req *http.Request) {
		// The server notices that its client is gone only after the whole body.
		_, _ = io.Copy(io.Discard, req.Body)
		select {
		case <-release:
		case <-req.Context().Done():
		}
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// impatient shortens the waits, so that tests of slow servers are quick.
func impatient(n Notifier, attempt time.Duration) Notifier {
	for _, e := range endpoints(n) {
		e.attempt, e.pause = attempt, time.Millisecond
	}
	return n
}

func endpoints(n Notifier) []*endpoint {
	switch n := n.(type) {
	case *healthchecks:
		return []*endpoint{n.endpoint}
	case *gotify:
		return []*endpoint{n.endpoint}
	}
	return nil
}

func newHealthchecks(t testing.TB, address string, client *http.Client) Notifier {
	t.Helper()
	n, err := Healthchecks(address, client)
	if err != nil {
		t.Fatal(err)
	}
	return impatient(n, 5*time.Second)
}

func newGotify(t testing.TB, address string, client *http.Client) Notifier {
	t.Helper()
	n, err := Gotify(address, client)
	if err != nil {
		t.Fatal(err)
	}
	return impatient(n, 5*time.Second)
}

func failed() Message { return Message{Title: "IAB: 1 of 3 jobs failed", Body: "web1: no space left"} }

func TestAServersOwnErrorIsTriedTwice(t *testing.T) {
	tests := []struct {
		name    string
		answers []int
		sent    int
		fails   bool
	}{
		{"a good answer", []int{200}, 1, false},
		{"an error that passes", []int{503, 200}, 2, false},
		{"an error that stays", []int{500, 502, 200}, 2, true},
		{"a refusal", []int{401, 200}, 1, true},
		{"too many requests", []int{429, 200}, 1, true},
		{"a redirect to nowhere", []int{302, 200}, 1, true},
		{"see other", []int{303, 200}, 1, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answers := make(chan int, len(test.answers))
			for _, code := range test.answers {
				answers <- code
			}
			server := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-answers) })
			err := newGotify(t, server.URL+"/message?token="+appToken, nil).Finish(t.Context(), failed())
			if (err != nil) != test.fails {
				t.Errorf("error %v, want one: %v", err, test.fails)
			}
			seen := server.requests()
			if len(seen) != test.sent {
				t.Fatalf("%d requests, want %d", len(seen), test.sent)
			}
			if diff := cmp.Diff(seen[0], seen[len(seen)-1]); diff != "" {
				t.Errorf("the second attempt differs (-first +second):\n%s", diff)
			}
		})
	}
}

func TestABrokenConnectionIsTriedTwice(t *testing.T) {
	var once sync.Once
	server := record(t, func(http.ResponseWriter, *http.Request) {
		once.Do(func() { panic(http.ErrAbortHandler) })
	})
	if err := newHealthchecks(t, server.URL+"/ping/"+checkID, nil).Start(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(server.requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestFailedConnectionsAreExplained(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		server := record(t, nil)
		server.Close()
		err := newHealthchecks(t, server.URL+"/ping/"+checkID, nil).Start(t.Context())
		at := server.Listener.Addr().String()
		want := "notify healthchecks at http://" + at + "/…: dial tcp " + at + ": connect: connection refused"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		server := record(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		err := newHealthchecks(t, server.URL+"/ping/"+checkID, nil).Start(t.Context())
		want := "notify healthchecks at " + server.URL + "/…: the connection was closed without an answer"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

func TestAServerThatHangsIsGivenUp(t *testing.T) {
	server := record(t, hang(t))
	n := impatient(newHealthchecks(t, server.URL+"/ping/"+checkID, nil), 50*time.Millisecond)
	err := n.Start(t.Context())
	want := "notify healthchecks at " + server.URL + "/…: no answer in time"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if n := len(server.requests()); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestACancelledContextEndsTheAttempts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := record(t, func(http.ResponseWriter, *http.Request) {
		cancel()
		panic(http.ErrAbortHandler)
	})
	n := newHealthchecks(t, server.URL+"/ping/"+checkID, nil)
	endpoints(n)[0].pause = time.Hour
	if err := n.Start(ctx); err == nil {
		t.Error("no error")
	}
	if n := len(server.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestTwoAttemptsFitIntoAGroupsTimeout(t *testing.T) {
	n, err := Gotify("https://gotify.example/message?token="+appToken, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := endpoints(n)[0]
	if longest := 2*e.attempt + e.pause; longest >= Timeout {
		t.Errorf("two attempts take %s, a group waits %s", longest, Timeout)
	}
}

func TestRedirectsStayOnTheHostAndKeepTheMessage(t *testing.T) {
	for _, code := range []int{301, 302, 307, 308} {
		server := record(t, func(w http.ResponseWriter, req *http.Request) {
			if !strings.HasPrefix(req.URL.Path, "/new/") {
				http.Redirect(w, req, "/new"+req.RequestURI, code)
			}
		})
		if err := newGotify(t, server.URL+"/message?token="+appToken, nil).Finish(t.Context(), failed()); err != nil {
			t.Errorf("%d: %v", code, err)
		}
		seen := server.requests()
		if len(seen) != 2 {
			t.Fatalf("%d: %d requests, want 2", code, len(seen))
		}
		want := seen[0]
		want.URI = "/new" + want.URI
		if diff := cmp.Diff(want, seen[1]); diff != "" {
			t.Errorf("%d (-want +got):\n%s", code, diff)
		}
	}
}

func TestARedirectToTLSOnTheSameHostIsFollowed(t *testing.T) {
	secure := &recorder{}
	secure.Server = httptest.NewTLSServer(secure.handler(nil))
	t.Cleanup(secure.Close)
	open := record(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, secure.URL+req.RequestURI, http.StatusMovedPermanently)
	})
	if err := newHealthchecks(t, open.URL+"/ping/"+checkID, secure.Client()).Finish(t.Context(), failed()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(open.requests(), secure.requests()); diff != "" {
		t.Errorf("the redirect changed the ping (-before +after):\n%s", diff)
	}
}

func TestRedirectsToAnotherHostAreRefused(t *testing.T) {
	other := record(t, nil)
	port := other.URL[strings.LastIndex(other.URL, ":"):]
	for name, to := range map[string]string{
		"another port":      other.URL,
		"another host name": "http://localhost" + port,
		"no host at all":    "mailto:someone",
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, func(w http.ResponseWriter, req *http.Request) {
				w.Header().Set("Location", to+req.RequestURI)
				w.WriteHeader(http.StatusTemporaryRedirect)
			})
			err := newGotify(t, server.URL+"/message?token="+appToken, nil).Finish(t.Context(), failed())
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Text, "it redirects to") || e.Hint == "" {
				t.Errorf("error %#v", err)
			}
			if n := len(server.requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
	if seen := other.requests(); len(seen) != 0 {
		t.Errorf("the other host was told %v", seen)
	}
}

func TestACircleOfRedirectsEnds(t *testing.T) {
	server := record(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, req.RequestURI, http.StatusFound)
	})
	err := newHealthchecks(t, server.URL+"/ping/"+checkID, nil).Start(t.Context())
	if err == nil || !strings.HasSuffix(err.Error(), ": it redirects in circles") {
		t.Errorf("error %v", err)
	}
	if n := len(server.requests()); n != maxRedirects+1 {
		t.Errorf("%d requests, want %d", n, maxRedirects+1)
	}
}

func TestRedirectsThatMayBeFollowed(t *testing.T) {
	tests := []struct {
		from, to string
		want     bool
	}{
		{"https://a.example/x", "https://a.example/y", true},
		{"https://a.example/x", "https://A.example:443/y", true},
		{"http://a.example:80/x", "http://a.example/y", true},
		{"http://a.example:8080/x", "https://a.example:8443/y", true},
		{"https://a.example/x", "http://a.example/y", false},
		{"https://a.example/x", "https://a.example:444/y", false},
		{"https://a.example/x", "https://b.example/y", false},
		{"https://a.example/x", "https://a.example.evil.example/y", false},
		{"http://a.example/x", "ftp://a.example/y", false},
	}
	for _, test := range tests {
		from, _ := url.Parse(test.from)
		to, _ := url.Parse(test.to)
		if got := mayFollow(from, to); got != test.want {
			t.Errorf("%s to %s: %v, want %v", test.from, test.to, got, test.want)
		}
	}
}
