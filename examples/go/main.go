// A receiver with nothing but the standard library: members, and what webhooks say of them.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
)

// Event is as much of a body as the shop reads.
type Event struct {
	Event     string `json:"event"`
	Timestamp int64  `json:"timestamp"`
	Customer  struct {
		Email string `json:"email"`
	} `json:"customer"`
	Subscription struct {
		Status string `json:"status"`
	} `json:"subscription"`
}

// Member is somebody who has bought.
type Member struct {
	Course bool   `json:"course"`
	Status string `json:"status"`
	Access bool   `json:"access"`
}

// Shop keeps its members in memory.
type Shop struct {
	secret  []byte
	mutex   sync.Mutex
	members map[string]Member
	seen    map[string]bool // the same delivery may come twice
}

func (shop *Shop) webhooks(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, 1<<20))
	if err != nil {
		http.Error(answer, "the body cannot be read", http.StatusBadRequest)
		return
	}
	if !shop.isSigned(body, request.Header.Get("X-Pocketsflow-Signature")) {
		http.Error(answer, "the signature does not match", http.StatusUnauthorized)
		return
	}
	var event Event
	if err := json.Unmarshal(body, &event); err != nil {
		http.Error(answer, "the body is not JSON", http.StatusBadRequest)
		return
	}
	shop.apply(event)
}

// isSigned checks the bytes as they came in.
func (shop *Shop) isSigned(body []byte, signature string) bool {
	claimed, err := hex.DecodeString(signature)
	mac := hmac.New(sha256.New, shop.secret)
	mac.Write(body)
	return err == nil && hmac.Equal(mac.Sum(nil), claimed)
}

func (shop *Shop) apply(event Event) {
	shop.mutex.Lock()
	defer shop.mutex.Unlock()
	email := event.Customer.Email
	delivery := fmt.Sprintf("%s/%d/%s", event.Event, event.Timestamp, email)
	if shop.seen[delivery] {
		return
	}
	shop.seen[delivery] = true
	member := shop.members[email]
	switch event.Event {
	case "order.completed":
		member.Course = true
	case "order.refunded":
		member.Course = false
	case "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted":
		member.Status = event.Subscription.Status
		member.Access = member.Status == "active" || member.Status == "trialing" || member.Status == "past_due"
	}
	shop.members[email] = member
}

func (shop *Shop) show(answer http.ResponseWriter, request *http.Request) {
	shop.mutex.Lock()
	defer shop.mutex.Unlock()
	answer.Header().Set("Content-Type", "application/json")
	json.NewEncoder(answer).Encode(shop.members[strings.TrimPrefix(request.URL.Path, "/members/")])
}

func main() {
	secret, port := os.Getenv("POCKETSFLOW_WEBHOOK_SECRET"), os.Getenv("PORT")
	if secret == "" {
		secret = "whsec_pocketsflow_emulator"
	}
	if port == "" {
		port = "3000"
	}
	shop := &Shop{secret: []byte(secret), members: map[string]Member{}, seen: map[string]bool{}}
	routes := http.NewServeMux()
	routes.HandleFunc("/webhooks", shop.webhooks)
	routes.HandleFunc("/members/", shop.show)
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, routes))
}
