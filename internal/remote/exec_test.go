package remote

import (
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/lxc/incus/v6/shared/api"
)

// exec begins a command, which ends when the client has joined all its sockets.
func (s *stock) exec(w http.ResponseWriter, r *http.Request, name string) {
	var post api.InstanceExecPost
	s.read(r, &post)
	if s.agent == nil {
		refuse(w, http.StatusInternalServerError, "VM agent isn't currently running")
		return
	}
	output, code := s.agent(post.Command[2])
	s.metadata = map[string]any{"fds": map[string]any{"0": "0", "1": "1", "2": "2", "control": "control"}, "return": code, "output": output}
	s.begin(w, r, "Executing command", name, true)
	s.metadata = nil
}

// socket is one of a command.
func (s *stock) socket(w http.ResponseWriter, r *http.Request, id string) {
	upgrader := websocket.Upgrader{}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.t.Cleanup(func() { conn.Close() })
	secret, op := r.URL.Query().Get("secret"), s.ops[id]
	if output, _ := op.Metadata["output"].(string); secret == "1" && output != "" {
		_ = conn.WriteMessage(websocket.BinaryMessage, []byte(output))
	}
	if secret == "1" || secret == "2" {
		_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	}
	if secret == "2" { // the client joins it last
		op.Status, op.StatusCode = "Success", api.Success
		s.tell(op)
	}
}
