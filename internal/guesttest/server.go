// Package guesttest is test support: a guest API on a socket that answers as Incus 6.0.4 was seen to answer inside its instances.
package guesttest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// At is the moment of every event.
var At = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// Server is the server of one instance. Its fields may be changed until it is first asked, later by its methods.
type Server struct {
	InstanceID, Name string
	Devices          map[string]map[string]string
	NotRoot          bool // whoever asks is not root
	Off              bool // security.guestapi is false, as a virtual machine sees it; a container has no socket then
	Images           bool // security.guestapi.images is true
	// Exports are the answers about images, by fingerprint.
	Exports map[string]http.HandlerFunc

	t    testing.TB
	path string
	http *http.Server

	mu        sync.Mutex
	config    map[string]string
	ready     bool
	states    []string // that were reported
	listeners map[*websocket.Conn]string
	stumbles  int
	starting  bool
}

// Serve starts a server on the socket at that path, which ends with the test.
func Serve(t testing.TB, path string) *Server {
	t.Helper()
	s := &Server{
		InstanceID: "139bb7f4-36ab-4e18-a841-421a2c753d83", Name: "runner",
		Devices: map[string]map[string]string{
			"root": {"path": "/", "pool": "local", "type": "disk"},
			"eth0": {"name": "eth0", "network": "incusbr0", "type": "nic"},
		},
		t: t, path: path, config: map[string]string{}, listeners: map[*websocket.Conn]string{},
	}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start listens again after Stop. As after a restart of Incus, the instance is not ready any more, and the first
// report to the server that is still starting is forgotten.
func (s *Server) Start() {
	s.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(s.t.Context(), "unix", s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { answer(w, []string{"/1.0"}) })
	mux.HandleFunc("GET /1.0", s.info)
	mux.HandleFunc("PATCH /1.0", s.allowed(s.report))
	mux.HandleFunc("/1.0/config", s.allowed(s.keys))
	mux.HandleFunc("/1.0/config/{key}", s.allowed(s.value))
	mux.HandleFunc("/1.0/devices", s.allowed(func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Devices) }))
	mux.HandleFunc("/1.0/meta-data", s.allowed(s.metadata))
	mux.HandleFunc("/1.0/events", s.allowed(s.events))
	mux.HandleFunc("/1.0/images/{fingerprint}/export", s.allowed(s.export))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready, s.starting = false, len(s.states) > 0
	s.http = &http.Server{Handler: s.root(mux)}
	go func(server *http.Server) { _ = server.Serve(listener) }(s.http)
}

// Stop breaks all connections and leaves a socket that nobody listens at, as Incus does when it ends.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.http.Close()
	for conn := range s.listeners {
		_ = conn.Close()
	}
	clear(s.listeners)
	_ = os.Remove(s.path)
}

// Set gives a config key a value, none for "", and tells the listeners.
func (s *Server) Set(key, value string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.config[key]
	if s.config[key] = value; value == "" {
		delete(s.config, key)
	}
	s.tell("config", map[string]any{"key": key, "old_value": old, "value": value})
}

// Plug adds a device and tells the listeners.
func (s *Server) Plug(name string, config map[string]string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell("device", map[string]any{"name": name, "action": "added", "config": config})
}

// tell sends an event to those who listen to its type. The caller holds the lock.
func (s *Server) tell(kind string, metadata map[string]any) {
	s.t.Helper()
	for conn, types := range s.listeners {
		if types == "" || slices.Contains(strings.Split(types, ","), kind) {
			_ = conn.WriteJSON(map[string]any{"timestamp": At, "type": kind, "metadata": metadata})
		}
	}
}

// Listeners is how many connections listen to events.
func (s *Server) Listeners() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners)
}

// States are the states that were reported, and whether the instance counts as ready now.
func (s *Server) States() (reported []string, ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.states), s.ready
}

// Stumble lets so many requests fail, as the real server does while another container starts or stops.
func (s *Server) Stumble(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stumbles = times
}

func (s *Server) stumble() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stumbles--
	return s.stumbles >= 0
}

// root answers who is not root.
func (s *Server) root(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stumble() {
			http.Error(w, "readlink /proc/-1/ns/pid: no such file or directory", http.StatusInternalServerError)
			return
		}
		if s.NotRoot {
			http.Error(w, "Access denied for non-root user", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) allowed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Off {
			http.Error(w, "not authorized", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := "Started"
	if s.ready {
		state = "Ready"
	}
	answer(w, map[string]string{"state": state, "api_version": "1.0", "instance_type": "container", "location": "host1"})
}

func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	var put struct{ State string }
	if err := json.NewDecoder(r.Body).Decode(&put); err != nil || put.State != "Ready" && put.State != "Started" {
		http.Error(w, fmt.Sprintf("Invalid state %q", put.State), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = put.State == "Ready" && !s.starting
	s.starting = false
	s.states = append(s.states, put.State)
}

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	paths := []string{}
	for key := range maps.Keys(s.config) {
		paths = append(paths, "/1.0/config/"+key)
	}
	answer(w, paths)
}

func (s *Server) value(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.PathValue("key")
	if !strings.HasPrefix(key, "user.") && !strings.HasPrefix(key, "cloud-init.") {
		http.Error(w, "not authorized", http.StatusForbidden)
		return
	}
	value, ok := s.config[key]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	_, _ = io.WriteString(w, value)
}

func (s *Server) metadata(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(w, "#cloud-config\ninstance-id: %s\nlocal-hostname: %s\n%s", s.InstanceID, s.Name, s.config["user.meta-data"])
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	s.mu.Lock() // so that the connection is told everything from its first moment on
	conn, err := upgrader.Upgrade(w, r, nil)
	if err == nil {
		s.listeners[conn] = r.FormValue("type")
	}
	s.mu.Unlock()
	for err == nil {
		_, _, err = conn.ReadMessage()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, conn)
}

func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	export := s.Exports[r.PathValue("fingerprint")]
	switch {
	case !s.Images:
		http.Error(w, "not authorized", http.StatusForbidden)
	case export == nil:
		w.WriteHeader(http.StatusNotFound)
		answer(w, map[string]any{"type": "error", "error_code": http.StatusNotFound, "error": "Image not found"})
	default:
		export(w, r)
	}
}
