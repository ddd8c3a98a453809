package notify

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/serviceurl"
)

func newService(t interface{ Fatal(...any) }, address string, always bool) Notifier {
	u, err := serviceurl.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return Service("iab.notify[0]", u, always)
}

// webhook is the address of a plain webhook at a test server.
func webhook(server, path string) string { return "generic+" + server + path + "?template=json" }

func TestServicesAreToldOfFailuresAndOfSuccessIfAsked(t *testing.T) {
	for _, always := range []bool{false, true} {
		server := record(t, nil)
		n := newService(t, webhook(server.URL, "/hook"), always)
		err := errors.Join(
			n.Start(t.Context()),
			n.Finish(t.Context(), Message{OK: true, Title: "all done", Body: "3 jobs ok"}),
			n.Finish(t.Context(), failed()),
		)
		if err != nil {
			t.Fatal(err)
		}
		want := []request{{"POST", "/hook", "application/json", `{"message":"web1: no space left","title":"IAB: 1 of 3 jobs failed"}`}}
		if always {
			want = append([]request{{"POST", "/hook", "application/json", `{"message":"3 jobs ok","title":"all done"}`}}, want...)
		}
		if diff := cmp.Diff(want, server.requests()); diff != "" {
			t.Errorf("always is %t (-want +got):\n%s", always, diff)
		}
	}
}

func TestAServiceIsSentNoMoreThanItTakes(t *testing.T) {
	server := record(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	address := strings.Replace(server.URL, "http", "ntfy", 1) + "/topic?scheme=http"
	if err := newService(t, address, false).Finish(t.Context(), Message{Title: "t", Body: strings.Repeat("ü", 9999)}); err != nil {
		t.Fatal(err)
	}
	if n := len(server.requests()[0].Body); n > 3900 || n < 3800 {
		t.Errorf("%d bytes were sent", n)
	}
}

func TestAServiceThatHangsIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	server := record(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the server is closed, which waits for its requests
	group := Group{Notifiers: []Notifier{newService(t, webhook(server.URL, "/hook"), false)}, Timeout: 50 * time.Millisecond}
	failures := group.Finish(t.Context(), failed())
	if diff := cmp.Diff([]string{"generic of iab.notify[0]: notify generic of iab.notify[0]: no answer in time"}, summary(failures)); diff != "" {
		t.Error(diff)
	}
}

func TestNoErrorOfAServiceTellsASecret(t *testing.T) {
	modes := []string{"refuse", "break", "misdirect", "abort", "garbage", "reason", "down"}
	rapid.Check(t, func(rt *rapid.T) {
		secret := rapid.StringMatching(`[A-Za-z0-9._~-]{8,40}`).Draw(rt, "secret")
		mode := rapid.SampledFrom(modes).Draw(rt, "mode")
		kind := rapid.SampledFrom([]string{"topic", "password", "path", "query"}).Draw(rt, "kind")
		server := httptest.NewServer(hostile{secret, mode})
		if mode == "down" {
			server.Close()
		} else {
			defer server.Close()
		}
		at := server.Listener.Addr().String()
		address := map[string]string{
			"topic":    "ntfy://" + at + "/" + secret + "?scheme=http",
			"password": "ntfy://someone:" + secret + "@" + at + "/topic?scheme=http",
			"path":     webhook("http://"+at, "/hooks/"+secret),
			"query":    webhook("http://"+at, "/hooks") + "&token=" + url.QueryEscape(secret),
		}[kind]
		n := newService(rt, address, false)
		err := n.Finish(t.Context(), failed())
		if err == nil {
			rt.Fatalf("%s: no error", mode)
		}
		for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%#v", err), fmt.Sprint(n), fmt.Sprintf("%+v", n), fmt.Sprintf("%#v", n)} {
			if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
				rt.Fatalf("%s: %q is told by %s", mode, secret, text)
			}
		}
		if strings.Contains(err.Error(), "failed to") || strings.Contains(err.Error(), "\n") {
			rt.Fatalf("%s: %s", mode, err)
		}
	})
}
