package notify

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestHealthchecksPings(t *testing.T) {
	const plain = "text/plain; charset=utf-8"
	good := Message{OK: true, Title: "IAB: all done", Body: "3 jobs ok"}
	tests := []struct {
		name    string
		address string
		want    []request // at start, after success, after failure, as a test
	}{
		{"a ping address", "/ping/" + checkID, []request{
			{"POST", "/ping/" + checkID + "/start", plain, ""},
			{"POST", "/ping/" + checkID, plain, "3 jobs ok"},
			{"POST", "/ping/" + checkID + "/fail", plain, "web1: no space left"},
			{"POST", "/ping/" + checkID + "/log", plain, testMessage.Body},
		}},
		{"with a trailing slash and a fragment", "/" + checkID + "/#top", []request{
			{"POST", "/" + checkID + "/start", plain, ""},
			{"POST", "/" + checkID, plain, "3 jobs ok"},
			{"POST", "/" + checkID + "/fail", plain, "web1: no space left"},
			{"POST", "/" + checkID + "/log", plain, testMessage.Body},
		}},
		{"with a query and an escaped slug", "/ping/k3y/a%2Fb/?create=1&rid=x", []request{
			{"POST", "/ping/k3y/a%2Fb/start?create=1&rid=x", plain, ""},
			{"POST", "/ping/k3y/a%2Fb?create=1&rid=x", plain, "3 jobs ok"},
			{"POST", "/ping/k3y/a%2Fb/fail?create=1&rid=x", plain, "web1: no space left"},
			{"POST", "/ping/k3y/a%2Fb/log?create=1&rid=x", plain, testMessage.Body},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := record(t, status(http.StatusOK, "OK"))
			n := newHealthchecks(t, server.URL+test.address, nil)
			if err := errors.Join(n.Start(t.Context()), n.Finish(t.Context(), good), n.Finish(t.Context(), failed()), n.Test(t.Context())); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, server.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHealthchecksBodyIsCutToWhatIsStored(t *testing.T) {
	tests := []struct {
		name string
		body string
		cut  bool
	}{
		{"as long as allowed", strings.Repeat("x", healthchecksLimit), false},
		{"a byte too long", strings.Repeat("x", healthchecksLimit+1), true},
		{"cut within a character", strings.Repeat("€", healthchecksLimit), true},
		{"not UTF-8, and with NUL", strings.Repeat("a\xff\x00", 50_000), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := record(t, nil)
			n := newHealthchecks(t, server.URL+"/ping/"+checkID, nil)
			if err := n.Finish(t.Context(), Message{OK: true, Body: test.body}); err != nil {
				t.Fatal(err)
			}
			got := server.requests()[0].Body
			if len(got) > healthchecksLimit || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
				t.Errorf("body of %d bytes, valid UTF-8: %v", len(got), utf8.ValidString(got))
			}
			if strings.Contains(got, "[cut here") != test.cut {
				t.Errorf("ends with %q, want cut: %v", got[len(got)-20:], test.cut)
			}
			if !test.cut && got != test.body {
				t.Error("the body was changed")
			}
		})
	}
}

func TestHealthchecksThatIgnoresAPingIsAFailure(t *testing.T) {
	server := record(t, status(http.StatusOK, "OK (not found)"))
	err := newHealthchecks(t, server.URL+"/ping/"+checkID, nil).Start(t.Context())
	want := &Error{
		Text: "notify healthchecks at " + server.URL + `/…: the ping was ignored, the answer is "OK (not found)"`,
		Hint: "check that iab.healthchecksUrl is the ping URL of an existing check",
	}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestHealthchecksAddressesThatAreRefused(t *testing.T) {
	tests := []struct{ name, address, want string }{
		{"empty", " ", "it is empty"},
		{"no scheme", "hc.example/ping/" + checkID, "it starts with neither http:// nor https://"},
		{"another scheme", "ftp://hc.example/ping/" + checkID, "it starts with neither http:// nor https://"},
		{"a secret where the scheme should be", checkID + ":x", "it is malformed"},
		{"no host", "https:///ping/" + checkID, "it names no host"},
		{"only a port", "https://:443/ping/" + checkID, "it names no host"},
		{"a bad port", "https://hc.example:" + checkID + "/ping", "it is malformed"},
		{"a bad escape", "https://hc.example/" + checkID + "%zz", "it is malformed"},
		{"a control character", "https://hc.example/\n" + checkID, "it is malformed"},
		{"an escaped control character", "https://hc.example/%0a" + checkID, "it holds characters that can't be printed"},
		{"no check", "https://hc.example/ping/", "it names no check"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := Healthchecks(test.address, nil)
			want := &Error{
				Text: "read the healthchecks URL: " + test.want,
				Hint: "iab.healthchecksUrl should look like https://HOST/ping/UUID, as the check's page shows it",
			}
			if diff := cmp.Diff(error(want), err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if n != nil {
				t.Error("a notifier was returned as well")
			}
		})
	}
}
