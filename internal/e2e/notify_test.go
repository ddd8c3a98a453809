//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"iab/internal/plan"
)

// service is a local HTTP server that stands for both notification services.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	pings []ping
}

// ping is one request: method and path, and the body.
type ping struct{ what, body string }

func newService(t *testing.T) *service {
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pings = append(s.pings, ping{r.Method + " " + r.URL.RequestURI(), string(body)})
		io.WriteString(w, "OK")
	}))
	t.Cleanup(s.Close)
	return s
}

// taken returns the requests since the last call.
func (s *service) taken() []ping {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.pings
	s.pings = nil
	return list
}

func (s *service) config() object {
	return object{"healthchecksUrl": s.URL + "/ping/0b6f6f8e", "gotifyUrl": s.URL + "/message?token=SECRET"}
}

// wantPings checks which requests came, in any order since the services don't wait for each other.
func wantPings(t *testing.T, pings []ping, want ...string) {
	t.Helper()
	var got []string
	for _, p := range pings {
		got = append(got, p.what)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("the requests are %q, want %q", got, want)
	}
}

// body is the body of the one request with that end.
func body(pings []ping, suffix string) string {
	for _, p := range pings {
		if strings.HasSuffix(p.what, suffix) {
			return p.body
		}
	}
	return ""
}

const (
	startPing   = "POST /ping/0b6f6f8e/start"
	successPing = "POST /ping/0b6f6f8e"
	failPing    = "POST /ping/0b6f6f8e/fail"
	gotifyPing  = "POST /message?token=SECRET"
)

func TestBothServicesAreToldHowARunEnded(t *testing.T) {
	f := scenario(t)
	s := newService(t)
	fine := f.disk("local", "files", "first")
	f.configure(object{"iab": s.config()})

	f.replicate(fine)
	f.run().ok()
	pings := s.taken()
	wantPings(t, pings, startPing, successPing)
	if text := body(pings, "0b6f6f8e"); !strings.Contains(text, fine.String()) || !strings.Contains(text, "backup finished") {
		t.Errorf("success was told with %q", text)
	}

	lost := f.instance("lost")
	f.replicate(fine, lost)
	done := f.run().exits(1)
	pings = s.taken()
	wantPings(t, pings, startPing, failPing, gotifyPing)
	var message struct{ Title, Message string }
	f.must(json.Unmarshal([]byte(body(pings, "SECRET")), &message))
	for _, text := range []string{body(pings, "/fail"), message.Message} {
		for _, part := range []string{lost.String(), "does not exist on the source", "hint:", fine.String()} {
			if !strings.Contains(text, part) {
				t.Errorf("the failure was told without %q: %q", part, text)
			}
		}
	}
	if message.Title != "IAB backup failed" || strings.Contains(done.stdout+done.stderr, "SECRET") {
		t.Errorf("title %q, log %q", message.Title, done.stderr)
	}

	for _, args := range [][]string{{"plan"}, {"run", "--dry-run"}} {
		f.iab(args...).exits(1)
	}
	wantPings(t, s.taken())
}

func TestRunsThatCanNotBeginAreToldToo(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.target)
	f.onboard()
	s := newService(t)
	f.replicate(f.disk("local", "files", "first"))
	f.configure(object{"iab": s.config()})

	g.listener.Close()
	f.run().exits(3)
	pings := s.taken()
	wantPings(t, pings, startPing, failPing, gotifyPing)
	if text := body(pings, "/fail"); !strings.Contains(text, f.targetURL) {
		t.Errorf("the missing server was told with %q", text)
	}

	f.configure(object{"retention": policies("3,xx", "")})
	f.run().exits(2)
	pings = s.taken()
	wantPings(t, pings, failPing, gotifyPing)
	if text := body(pings, "/fail"); !strings.Contains(text, "3,xx") {
		t.Errorf("the invalid config was told with %q", text)
	}

	data, err := os.ReadFile(f.configPath())
	f.must(err)
	f.must(os.WriteFile(f.configPath(), data[:len(data)-20], 0o600))
	f.run().exits(2)
	wantPings(t, s.taken(), failPing, gotifyPing)
}

func TestAServiceThatHangsDoesNotChangeTheResult(t *testing.T) {
	f := scenario(t)
	over := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/start") { // once is enough
			return
		}
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(over); hanging.Close() })
	ref := f.disk("local", "files", "first")
	f.replicate(ref)
	f.configure(object{"iab": object{"healthchecksUrl": hanging.URL + "/ping/0b6f6f8e"}})
	f.run().ok().says("notification did not get through")
	f.holds(f.target, ref, "", "first")
}

func TestAnInterruptedRunIsTold(t *testing.T) {
	f := scenario(t)
	s := newService(t)
	ref := f.patient("patient", false)
	f.replicate(ref)
	f.configure(object{"iab": s.config()})
	f.configure(object{"iab": object{"stopInstance": true}})
	told := f.interrupted(ref)
	wantPings(t, s.taken(), startPing, failPing, gotifyPing)
	told.exits(130)
}

// interrupted begins a run, interrupts it while an instance stops, and returns how it ended.
func (f *fixture) interrupted(ref plan.Ref) outcome {
	f.Helper()
	running := f.begin("run", "--json")
	f.until("the instance is told to stop", func() bool { return f.file(ref, "srv/bye") == "bye\n" })
	running.signal(os.Interrupt)
	f.letGo(ref)
	return running.end()
}
