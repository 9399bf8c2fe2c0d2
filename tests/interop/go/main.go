// SPDX-License-Identifier: Apache-2.0
// The unchanged Go client against a server that is up already: what it sends it must receive; a TAP line each.
// Usage: interop -namesrv ADDR [-broker ADDR]

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const (
	messages = 1000
	senders  = 8
	patience = 60 * time.Second
)

var (
	namesrv = flag.String("namesrv", "127.0.0.1:9876", "address of the name server")
	broker  = flag.String("broker", "", "address of the broker, when it is another")
	run     = fmt.Sprintf("%x", time.Now().UnixNano())
)

func addresses() primitive.NamesrvAddr {
	return primitive.NamesrvAddr{*namesrv}
}

// inbox counts deliveries by body.
type inbox struct {
	sync.Mutex
	seen    map[string]int
	ordered []string
}

func newInbox() *inbox {
	return &inbox{seen: map[string]int{}}
}

func (box *inbox) add(received []*primitive.MessageExt) {
	box.Lock()
	defer box.Unlock()
	for _, message := range received {
		box.seen[string(message.Body)]++
		box.ordered = append(box.ordered, string(message.Body))
	}
}

func (box *inbox) await(count int) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		box.Lock()
		have := len(box.seen)
		box.Unlock()
		if have >= count {
			return box.check(count)
		}
	}
	return fmt.Errorf("%d different messages instead of %d", len(box.seen), count)
}

func (box *inbox) check(count int) error {
	box.Lock()
	defer box.Unlock()
	for body, times := range box.seen {
		if times != 1 {
			return fmt.Errorf("%q came %d times", body, times)
		}
	}
	if len(box.seen) != count {
		return fmt.Errorf("%d messages instead of %d", len(box.seen), count)
	}
	return nil
}

func createTopic(name string, queues int) (string, error) {
	topic := name + "-" + run
	client, err := admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver([]string{*namesrv})))
	if err != nil {
		return "", err
	}
	defer client.Close()
	address := *broker
	if address == "" {
		address = *namesrv
	}
	return topic, client.CreateTopic(context.Background(), admin.WithTopicCreate(topic), admin.WithBrokerAddrCreate(address),
		admin.WithReadQueueNums(queues), admin.WithWriteQueueNums(queues))
}

func startProducer(group string) (rocketmq.Producer, error) {
	made, err := rocketmq.NewProducer(producer.WithNameServer(addresses()), producer.WithGroupName(group+"-"+run),
		producer.WithRetry(2), producer.WithSendMsgTimeout(15*time.Second))
	if err != nil {
		return nil, err
	}
	return made, made.Start()
}

func startConsumer(group, topic string, selector consumer.MessageSelector, box *inbox,
	options ...consumer.Option) (rocketmq.PushConsumer, error) {
	options = append(options, consumer.WithNameServer(addresses()), consumer.WithGroupName(group+"-"+run),
		consumer.WithInstance(group+"-"+run), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset))
	made, err := rocketmq.NewPushConsumer(options...)
	if err != nil {
		return nil, err
	}
	err = made.Subscribe(topic, selector,
		func(_ context.Context, received ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			box.add(received)
			return consumer.ConsumeSuccess, nil
		})
	if err != nil {
		return nil, err
	}
	return made, made.Start()
}

// sendMany sends with several goroutines; every tenth message has tag B.
func sendMany(sender rocketmq.Producer, topic string, count int) error {
	failures := make(chan error, senders)
	var group sync.WaitGroup
	for worker := 0; worker < senders; worker++ {
		group.Add(1)
		go func(first int) {
			defer group.Done()
			for i := first; i < count; i += senders {
				tag := "A"
				if i%10 == 0 {
					tag = "B"
				}
				message := primitive.NewMessage(topic, []byte(fmt.Sprintf("m%d", i))).WithTag(tag)
				result, err := sender.SendSync(context.Background(), message)
				if err == nil && result.Status != primitive.SendOK {
					err = fmt.Errorf("status %d", result.Status)
				}
				if err != nil {
					failures <- err
					return
				}
			}
		}(worker)
	}
	group.Wait()
	close(failures)
	return <-failures
}

func testAll() error {
	topic, err := createTopic("go-all", 8)
	if err != nil {
		return err
	}
	box, tagged := newInbox(), newInbox()
	first, err := startConsumer("go-all", topic, consumer.MessageSelector{}, box)
	if err != nil {
		return err
	}
	defer first.Shutdown()
	second, err := startConsumer("go-tag", topic, consumer.MessageSelector{Type: consumer.TAG, Expression: "B"}, tagged)
	if err != nil {
		return err
	}
	defer second.Shutdown()
	sender, err := startProducer("go-all")
	if err != nil {
		return err
	}
	defer sender.Shutdown()
	if err := sendMany(sender, topic, messages); err != nil {
		return err
	}
	if err := box.await(messages); err != nil {
		return err
	}
	return tagged.await(messages / 10)
}

func testOrder() error {
	topic, err := createTopic("go-order", 1)
	if err != nil {
		return err
	}
	sender, err := startProducer("go-order")
	if err != nil {
		return err
	}
	defer sender.Shutdown()
	for i := 0; i < 100; i++ {
		if _, err := sender.SendSync(context.Background(), primitive.NewMessage(topic, []byte(fmt.Sprintf("%03d", i)))); err != nil {
			return err
		}
	}
	box := newInbox()
	made, err := startConsumer("go-order", topic, consumer.MessageSelector{}, box, consumer.WithConsumerOrder(true))
	if err != nil {
		return err
	}
	defer made.Shutdown()
	if err := box.await(100); err != nil {
		return err
	}
	for i, body := range box.ordered {
		if body != fmt.Sprintf("%03d", i) {
			return fmt.Errorf("%s at %d", body, i)
		}
	}
	return nil
}

func testBatchAndDelay() error {
	topic, err := createTopic("go-batch", 4)
	if err != nil {
		return err
	}
	sender, err := startProducer("go-batch")
	if err != nil {
		return err
	}
	defer sender.Shutdown()
	batch := []*primitive.Message{}
	for i := 0; i < 50; i++ {
		batch = append(batch, primitive.NewMessage(topic, []byte(fmt.Sprintf("b%d", i))))
	}
	if _, err := sender.SendSync(context.Background(), batch...); err != nil {
		return err
	}
	later := primitive.NewMessage(topic, []byte("later")).WithDelayTimeLevel(1)
	if _, err := sender.SendSync(context.Background(), later); err != nil {
		return err
	}
	if err := sender.SendOneWay(context.Background(), primitive.NewMessage(topic, []byte("one-way"))); err != nil {
		return err
	}
	box := newInbox()
	made, err := startConsumer("go-batch", topic, consumer.MessageSelector{}, box)
	if err != nil {
		return err
	}
	defer made.Shutdown()
	return box.await(52)
}

// decisions commits at once what is in the message's body, or when it is asked.
type decisions struct{}

func (decisions) ExecuteLocalTransaction(message *primitive.Message) primitive.LocalTransactionState {
	switch string(message.Body) {
	case "commit":
		return primitive.CommitMessageState
	case "rollback":
		return primitive.RollbackMessageState
	}
	return primitive.UnkonwnState
}

func (decisions) CheckLocalTransaction(*primitive.MessageExt) primitive.LocalTransactionState {
	return primitive.CommitMessageState
}

func testTransactions() error {
	topic, err := createTopic("go-transaction", 1)
	if err != nil {
		return err
	}
	sender, err := rocketmq.NewTransactionProducer(decisions{}, producer.WithNameServer(addresses()),
		producer.WithGroupName("go-transaction-"+run), producer.WithRetry(1))
	if err != nil {
		return err
	}
	if err := sender.Start(); err != nil {
		return err
	}
	defer sender.Shutdown()
	for _, body := range []string{"commit", "rollback", "asked"} {
		if _, err := sender.SendMessageInTransaction(context.Background(), primitive.NewMessage(topic, []byte(body))); err != nil {
			return err
		}
	}
	box := newInbox()
	made, err := startConsumer("go-transaction", topic, consumer.MessageSelector{}, box)
	if err != nil {
		return err
	}
	defer made.Shutdown()
	if err := box.await(2); err != nil {
		return err
	}
	if box.seen["rollback"] != 0 {
		return errors.New("the message that was rolled back came")
	}
	return nil
}

func main() {
	flag.Parse()
	rlog.SetLogLevel("error")
	tests := []struct {
		name string
		run  func() error
	}{
		{"1,000 messages, all to one group and a tag to another", testAll},
		{"a queue in order", testOrder},
		{"a batch, a delayed and a one-way message", testBatchAndDelay},
		{"transactions", testTransactions},
	}
	fmt.Printf("1..%d\n", len(tests))
	failed := 0
	for i, test := range tests {
		if err := test.run(); err != nil {
			failed = 1
			fmt.Printf("not ok %d - %s\n# %s\n", i+1, test.name, err)
		} else {
			fmt.Printf("ok %d - %s\n", i+1, test.name)
		}
	}
	os.Exit(failed)
}
