/* SPDX-License-Identifier: Apache-2.0
 *
 * RmqRemotingCommand and the signature, as a hook uses them: public API, plus the private ways in and out.
 */
#include <rmq/rmq.h>
#include "wire/rmq-acl-private.h"
#include "wire/rmq-header-offset-private.h"
#include "wire/rmq-remoting-command-private.h"

static void
test_ext_fields (void)
{
  g_autoptr (RmqRemotingCommand) command = rmq_remoting_command_new (105, NULL);
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (rmq_remoting_command_get_code_name (command), ==, "GET_ROUTEINFO_BY_TOPIC");
  g_assert_false (rmq_remoting_command_is_response (command));
  g_assert_null (rmq_remoting_command_get_body (command));
  g_assert_null (rmq_remoting_command_get_ext_field (command, "topic"));

  g_assert_true (rmq_remoting_command_set_ext_field (command, "topic", "T", &error));
  g_assert_true (rmq_remoting_command_set_ext_field (command, "a", "", &error));
  g_assert_true (rmq_remoting_command_set_ext_field (command, "topic", "Topic", &error));
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "topic"), ==, "Topic");
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "a"), ==, "");
  names = rmq_remoting_command_dup_ext_field_names (command);
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "topic");

  g_assert_true (rmq_remoting_command_remove_ext_field (command, "topic", &error));
  g_assert_true (rmq_remoting_command_remove_ext_field (command, "topic", &error));
  g_assert_null (rmq_remoting_command_get_ext_field (command, "topic"));
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "a"), ==, "");
}

static void
test_invalid (void)
{
  g_autoptr (RmqRemotingCommand) command = rmq_remoting_command_new (105, NULL);
  g_autofree char *long_name = g_strnfill (32768, 'n');
  g_autoptr (GError) error = NULL;

  g_assert_false (rmq_remoting_command_set_ext_field (command, "", "v", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_remoting_command_set_ext_field (command, long_name, "v", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_remoting_command_set_ext_field (command, "k", "\xff", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (rmq_remoting_command_set_remark (command, "\xff", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  g_assert_true (rmq_remoting_command_set_remark (command, "why", NULL));
  g_assert_cmpstr (rmq_remoting_command_get_remark (command), ==, "why");
}

/* From a frame and back to one: nothing is lost, keys count once. */
static void
test_frames (void)
{
  g_autoptr (RmqFrameDecoder) decoder = _rmq_frame_decoder_new ();
  g_auto (RmqByteWriter) out = RMQ_BYTE_WRITER_INIT (4096);
  g_auto (RmqByteWriter) again = RMQ_BYTE_WRITER_INIT (4096);
  RmqExtField ext[] = {
    { RMQ_SLICE_LITERAL ("k"), RMQ_SLICE_LITERAL ("1") },
    { RMQ_SLICE_LITERAL ("nul"), rmq_slice ("a\0b", 3) },
    { RMQ_SLICE_LITERAL ("k"), RMQ_SLICE_LITERAL ("2") },
  };
  RmqFrameHead head = { 17, -5, 1, 513, RMQ_LANGUAGE_GO, RMQ_SERIALIZE_JSON, RMQ_SLICE_LITERAL ("no topic") };
  g_autoptr (RmqRemotingCommand) command = NULL;
  g_autoptr (RmqRemotingCommand) copy = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  RmqFrame frame;

  g_assert_true (_rmq_frame_write (&out, &head, ext, 3, RMQ_SLICE_LITERAL ("body"), NULL));
  g_assert_true (_rmq_frame_decode (decoder, out.data, out.len, &frame, NULL));
  command = _rmq_remoting_command_new_from_frame (&frame, NULL);
  g_assert_true (rmq_remoting_command_is_response (command));
  g_assert_true (rmq_remoting_command_is_sealed (command));
  g_assert_cmpint (rmq_remoting_command_get_code (command), ==, 17);
  g_assert_cmpstr (rmq_remoting_command_get_code_name (command), ==, "TOPIC_NOT_EXIST");
  g_assert_cmpint (rmq_remoting_command_get_opaque (command), ==, -5);
  g_assert_cmpint (rmq_remoting_command_get_version (command), ==, 513);
  g_assert_cmpint (rmq_remoting_command_get_flag (command), ==, 1);
  g_assert_cmpstr (rmq_remoting_command_get_language (command), ==, "GO");
  g_assert_cmpstr (rmq_remoting_command_get_remark (command), ==, "no topic");
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "k"), ==, "2");
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "nul"), ==,
                   "a\xef\xbf\xbd"
                   "b");
  g_assert_cmpuint (g_bytes_get_size (rmq_remoting_command_get_body (command)), ==, 4);

  g_assert_false (rmq_remoting_command_set_ext_field (command, "k", "3", &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_SEALED);
  copy = rmq_remoting_command_copy (command);
  g_assert_true (rmq_remoting_command_set_ext_field (copy, "k", "3", NULL));
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "k"), ==, "2");

  g_assert_true (_rmq_remoting_command_write (copy, &again, 0, NULL));
  g_assert_true (_rmq_frame_decode (decoder, again.data, again.len, &frame, NULL));
  g_assert_cmpuint (frame.n_ext, ==, 2);
  g_assert_cmpint (frame.opaque, ==, -5);
  text = rmq_remoting_command_to_string (copy);
  g_assert_nonnull (strstr (text, "response 17 TOPIC_NOT_EXIST opaque=-5"));
}

static void
test_from_header (void)
{
  RmqGetMaxOffsetRequestHeader header = { 0 };
  RmqFrameHead head = { .code = RMQ_REQUEST_GET_MAX_OFFSET, .version = 479 };
  RmqExtField ext = { RMQ_SLICE_LITERAL ("ReqT"), RMQ_SLICE_LITERAL ("0") };
  g_autoptr (RmqRemotingCommand) command = NULL;
  g_autoptr (GError) error = NULL;

  RMQ_HEADER_SET (header, topic, RMQ_SLICE_LITERAL ("T"));
  g_assert_null (_rmq_remoting_command_new_from_header (&head, RMQ_HEADER (GetMaxOffsetRequestHeader), &header, NULL, 0,
                                                        NULL, &error));
  g_assert_error (error, RMQ_ERROR, RMQ_ERROR_INVALID_ARGUMENT);
  RMQ_HEADER_SET (header, queue_id, 12);
  command = _rmq_remoting_command_new_from_header (&head, RMQ_HEADER (GetMaxOffsetRequestHeader), &header, &ext, 1,
                                                   NULL, NULL);
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "queueId"), ==, "12");
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "committed"), ==, "true");
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (command, "ReqT"), ==, "0");
}

static void
test_sign (void)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("hello", 5);
  g_autoptr (RmqRemotingCommand) route = rmq_remoting_command_new (105, NULL);
  g_autoptr (RmqRemotingCommand) send = rmq_remoting_command_new (310, body);
  static const char *const fields[][2] = {
    { "a", "GID_demo" },
    { "b", "TopicTest" },
    { "c", "TBW102" },
    { "d", "4" },
    { "e", "1" },
    { "f", "0" },
    { "g", "1700000000000" },
    { "h", "0" },
    { "i", "UNIQ_KEY\x01"
           "7F000001\x02" },
    { "j", "0" },
    { "k", "false" },
    { "m", "false" },
  };
  g_autofree char *text = NULL;

  g_assert_true (rmq_remoting_command_set_ext_field (route, "topic", "TopicTest", NULL));
  g_assert_true (rmq_remoting_command_sign (route, "rocketmq", "12345678", "tok", NULL));
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (route, "Signature"), ==, "VHFPJ40CrQ+/zDF5bGkkpbrlapY=");
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (route, "SecurityToken"), ==, "tok");

  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    g_assert_true (rmq_remoting_command_set_ext_field (send, fields[i][0], fields[i][1], NULL));
  g_assert_true (rmq_remoting_command_sign (send, "rocketmq", "12345678", NULL, NULL));
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (send, "Signature"), ==, "hvvOFS4+rieYl70VgzqgJCrlP3w=");
  /* Again, as for another attempt: the old signature is not signed. */
  g_assert_true (rmq_remoting_command_sign (send, "rocketmq", "12345678", NULL, NULL));
  g_assert_cmpstr (rmq_remoting_command_get_ext_field (send, "Signature"), ==, "hvvOFS4+rieYl70VgzqgJCrlP3w=");

  text = rmq_remoting_command_to_string (route);
  g_assert_null (strstr (text, "tok"));
  g_assert_null (strstr (text, "VHFPJ40"));
  g_assert_null (strstr (text, "12345678"));
}

/* Keys beyond ASCII sort as UTF-16; a wrong or missing signature is refused. */
static void
test_verify (void)
{
  RmqExtField ext[] = {
    { RMQ_SLICE_LITERAL ("\xef\xbf\xbd"), RMQ_SLICE_LITERAL ("2") },
    { RMQ_SLICE_LITERAL ("\xf0\x9f\x98\x80"), RMQ_SLICE_LITERAL ("1") },
    { RMQ_SLICE_LITERAL ("Signature"), RMQ_SLICE_NULL },
  };
  char signature[RMQ_ACL_SIGNATURE_SIZE], expected[RMQ_ACL_SIGNATURE_SIZE];

  _rmq_acl_sign (ext, 3, RMQ_SLICE_LITERAL ("b"), "secret", signature);
  _rmq_acl_hmac (RMQ_SLICE_LITERAL ("12b"), "secret", expected);
  g_assert_cmpstr (signature, ==, expected);

  g_assert_false (_rmq_acl_verify (ext, 3, RMQ_SLICE_LITERAL ("b"), "secret"));
  ext[2].value = rmq_slice_from_string (signature);
  g_assert_true (_rmq_acl_verify (ext, 3, RMQ_SLICE_LITERAL ("b"), "secret"));
  g_assert_false (_rmq_acl_verify (ext, 3, RMQ_SLICE_LITERAL ("c"), "secret"));
  g_assert_false (_rmq_acl_verify (ext, 3, RMQ_SLICE_LITERAL ("b"), "Secret"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/wire/remoting-command/ext-fields", test_ext_fields);
  g_test_add_func ("/wire/remoting-command/invalid", test_invalid);
  g_test_add_func ("/wire/remoting-command/frames", test_frames);
  g_test_add_func ("/wire/remoting-command/from-header", test_from_header);
  g_test_add_func ("/wire/acl/C-ACL-001/sign", test_sign);
  g_test_add_func ("/wire/acl/verify", test_verify);
  return g_test_run ();
}
