/* SPDX-License-Identifier: Apache-2.0
 *
 * Parses the JSON that fastjson writes and reads into a tree. Nodes and text live in one arena that goes away at once.
 *
 * Beyond the standard it takes what the Java side takes: bare integers and raw objects as keys, single quotes,
 * comments, one trailing comma, raw control characters in strings. It refuses unquoted names, a byte order mark,
 * anything after the value, `$ref`, and nesting beyond 64 levels. Ill-formed UTF-8 and lone surrogates in strings
 * become U+FFFD.
 *
 * A node takes 56 bytes and at least two bytes of input, so memory stays below 30 times the input's length.
 */
#include "rmq-error-private.h"
#include "rmq-json-private.h"
#include "rmq-utf8-private.h"

#define MAX_DEPTH 64
#define N_FIRST_NODES 48
#define MAX_BLOCK_NODES 8192
/* The scanner reads whole words, and stops at a NUL. */
#define PADDING sizeof (uint64_t)
#define EVERY_BYTE(c) ((uint64_t) (unsigned char) (c) *UINT64_C (0x0101010101010101))
#define HIGH_BITS EVERY_BYTE (0x80)
/* Non-zero when a byte of v is zero. */
#define HAS_ZERO(v) (((v) -EVERY_BYTE (1)) & ~(v) &HIGH_BITS)

typedef struct _Block Block;

struct _Block
{
  Block *next;
  RmqJsonNode nodes[];
};

typedef struct _Repaired Repaired;

/* A string that grew because it was not UTF-8. */
struct _Repaired
{
  Repaired *next;
  uint8_t *data;
};

struct _RmqJsonDocument
{
  RmqJsonNode *root;
  Block *blocks;
  Repaired *repaired;
  char *text;
  RmqJsonNode first_nodes[N_FIRST_NODES];
};

typedef struct
{
  RmqJsonDocument *document;
  char *start;
  char *at;
  char *end; /* *end is NUL */
  RmqJsonNode *free_node;
  RmqJsonNode *free_end;
  size_t n_block_nodes;
  unsigned depth;
  const char *problem;
  const char *problem_at;
} Parser;

static bool parse_value (Parser *self, RmqJsonNode **value);

static bool
fail (Parser *self, const char *at, const char *problem)
{
  if (self->problem == NULL)
    {
      self->problem = problem;
      self->problem_at = at;
    }
  return false;
}

static RmqJsonNode *
new_node (Parser *self, RmqJsonType type)
{
  RmqJsonNode *node;

  if (G_UNLIKELY (self->free_node == self->free_end))
    {
      Block *block = g_malloc (sizeof (Block) + self->n_block_nodes * sizeof (RmqJsonNode));

      block->next = self->document->blocks;
      self->document->blocks = block;
      self->free_node = block->nodes;
      self->free_end = block->nodes + self->n_block_nodes;
      self->n_block_nodes = MIN (self->n_block_nodes * 2, MAX_BLOCK_NODES);
    }
  node = self->free_node++;
  *node = (RmqJsonNode){ .type = type };
  return node;
}

static bool
skip_comment (Parser *self)
{
  char *close;

  if (self->at[1] == '/')
    {
      close = memchr (self->at, '\n', (size_t) (self->end - self->at));
      self->at = close != NULL ? close : self->end;
      return true;
    }
  if (self->at[1] != '*')
    return fail (self, self->at, "unexpected character");
  close = memmem (self->at + 2, (size_t) (self->end - self->at - 2), "*/", 2);
  if (close == NULL)
    return fail (self, self->at, "comment without end");
  self->at = close + 2;
  return true;
}

static bool
skip_space (Parser *self)
{
  for (;;)
    switch (*self->at)
      {
      case ' ':
      case '\n':
      case '\r':
      case '\t':
      case '\f':
      case '\b':
        self->at++;
        break;
      case '/':
        if (!skip_comment (self))
          return false;
        break;
      default:
        return true;
      }
}

/* Moves over plain characters of a string; adds to *high the high bits it saw. */
static char *
scan_plain (char *at, char quote, uint64_t *high)
{
  for (;;)
    {
      uint64_t word;

      memcpy (&word, at, sizeof word);
      if (HAS_ZERO (word ^ EVERY_BYTE (quote)) | HAS_ZERO (word ^ EVERY_BYTE ('\\')) | HAS_ZERO (word))
        break;
      *high |= word & HIGH_BITS;
      at += sizeof word;
    }
  for (; *at != quote && *at != '\\' && *at != '\0'; at++)
    *high |= (unsigned char) *at & 0x80;
  return at;
}

/* Four hexadecimal digits; -1 if they are not. A NUL ends the text, so nothing beyond it is read. */
static int
hex4 (const char *at)
{
  int value = 0;

  for (unsigned i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);

      if (digit < 0)
        return -1;
      value = value << 4 | digit;
    }
  return value;
}

/* After "\u". A pair of surrogates is one character, a lone one is U+FFFD. */
static bool
unescape_unicode (Parser *self, char **out)
{
  int unit = hex4 (self->at);
  uint32_t c = (uint32_t) unit;

  if (unit < 0)
    return fail (self, self->at, "\\u needs four hexadecimal digits");
  self->at += 4;
  if ((c & 0xf800) == 0xd800)
    {
      int low = c < 0xdc00 && self->at[0] == '\\' && self->at[1] == 'u' ? hex4 (self->at + 2) : -1;

      if (low >= 0xdc00 && low <= 0xdfff)
        {
          c = 0x10000 + ((c & 0x3ff) << 10) + ((uint32_t) low & 0x3ff);
          self->at += 6;
        }
      else
        c = 0xfffd;
    }
  *out += rmq_utf8_encode (*out, c);
  return true;
}

static bool
unescape_one (Parser *self, char **out)
{
  static const char plain[] = "\"\\/'bfnrt";
  static const char meaning[] = "\"\\/'\b\f\n\r\t";
  char c = self->at[1];
  const char *found;

  if (c == 'u')
    {
      self->at += 2;
      return unescape_unicode (self, out);
    }
  found = c != '\0' ? strchr (plain, c) : NULL;
  if (found == NULL)
    return fail (self, self->at, "unknown escape");
  *(*out)++ = meaning[found - plain];
  self->at += 2;
  return true;
}

/* The rest of a string from its first escape on, in place: no escape is shorter than what it means. */
static bool
unescape_rest (Parser *self, char quote, uint64_t *high, char **out)
{
  while (*self->at != quote)
    {
      char *from = self->at;

      if (*from == '\\')
        {
          if (!unescape_one (self, out))
            return false;
          continue;
        }
      self->at = scan_plain (from, quote, high);
      if (*self->at == '\0')
        return fail (self, self->at, self->at == self->end ? "string without end" : "NUL in a string");
      memmove (*out, from, (size_t) (self->at - from));
      *out += self->at - from;
    }
  return true;
}

static RmqSlice
repair (Parser *self, RmqSlice text)
{
  RmqByteWriter out = RMQ_BYTE_WRITER_INIT (G_MAXSIZE / 2);
  Repaired *repaired;

  _rmq_utf8_append_valid (&out, text.data, text.len);
  repaired = g_new (Repaired, 1);
  repaired->data = out.data;
  repaired->next = self->document->repaired;
  self->document->repaired = repaired;
  return rmq_slice ((const char *) out.data, out.len);
}

static bool
parse_string (Parser *self, RmqSlice *value)
{
  char quote = *self->at++;
  char *start = self->at;
  char *out;
  uint64_t high = 0;

  self->at = out = scan_plain (start, quote, &high);
  if (*self->at == '\0')
    return fail (self, self->at, self->at == self->end ? "string without end" : "NUL in a string");
  if (*self->at == '\\' && !unescape_rest (self, quote, &high, &out))
    return false;
  self->at++;
  *value = rmq_slice (start, (size_t) (out - start));
  if (G_UNLIKELY (high != 0) && !_rmq_utf8_is_valid (value->data, value->len))
    *value = repair (self, *value);
  return true;
}

static bool
parse_string_node (Parser *self, RmqJsonNode **value)
{
  RmqJsonNode *node = new_node (self, RMQ_JSON_STRING);

  *value = node;
  return parse_string (self, &node->string);
}

static const char *
skip_digits (const char *at)
{
  while (g_ascii_isdigit (*at))
    at++;
  return at;
}

/* The digits from `at` to `end`, as a negative number, which has the wider range. */
static bool
read_integer (const char *at, const char *end, bool negative, int64_t *value)
{
  int64_t sum = 0;

  for (; at < end; at++)
    if (__builtin_mul_overflow (sum, 10, &sum) || __builtin_sub_overflow (sum, *at - '0', &sum))
      return false;
  if (!negative && sum == INT64_MIN)
    return false;
  *value = negative ? sum : -sum;
  return true;
}

static bool
parse_number (Parser *self, RmqJsonNode **value)
{
  RmqJsonNode *node = new_node (self, RMQ_JSON_INTEGER);
  char *start = self->at;
  bool negative = *start == '-';
  const char *digits = start + negative;
  const char *end = skip_digits (digits);
  bool integral = true;

  if (end == digits)
    return fail (self, end, "digit expected");
  if (*digits == '0' && end > digits + 1)
    return fail (self, digits, "number with a leading zero");
  if (*end == '.')
    {
      integral = false;
      digits = end + 1;
      end = skip_digits (digits);
      if (end == digits)
        return fail (self, end, "digit expected");
    }
  if (*end == 'e' || *end == 'E')
    {
      integral = false;
      digits = end + 1 + (end[1] == '-' || end[1] == '+');
      end = skip_digits (digits);
      if (end == digits)
        return fail (self, end, "digit expected");
    }

  self->at = start + (end - start);
  node->string = rmq_slice (start, (size_t) (end - start));
  if (!integral || !read_integer (start + negative, end, negative, &node->integer))
    {
      node->type = RMQ_JSON_NUMBER;
      node->number = g_ascii_strtod (start, NULL);
    }
  *value = node;
  return true;
}

static bool
parse_literal (Parser *self, RmqJsonNode **value)
{
  static const struct
  {
    const char *text;
    RmqJsonType type;
  } literals[] = { { "true", RMQ_JSON_BOOLEAN }, { "false", RMQ_JSON_BOOLEAN }, { "null", RMQ_JSON_NULL } };

  for (unsigned i = 0; i < G_N_ELEMENTS (literals); i++)
    {
      size_t len = strlen (literals[i].text);

      if (strncmp (self->at, literals[i].text, len) != 0)
        continue;
      if (g_ascii_isalnum (self->at[len]))
        break;
      *value = new_node (self, literals[i].type);
      (*value)->boolean = i == 0;
      (*value)->string = rmq_slice (self->at, len);
      self->at += len;
      return true;
    }
  return fail (self, self->at, self->at == self->end ? "text ends too early" : "unexpected character");
}

static bool
parse_key (Parser *self, RmqJsonNode **key)
{
  const char *start = self->at;
  bool ok;

  if (*start == '"' || *start == '\'')
    ok = parse_string_node (self, key);
  else if (*start == '{')
    ok = parse_value (self, key);
  else if (*start == '-' || g_ascii_isdigit (*start))
    ok = parse_number (self, key) && ((*key)->type == RMQ_JSON_INTEGER || fail (self, start, "key is no integer"));
  else
    return fail (self, start, start == self->end ? "text ends too early" : "key expected");
  if (!ok || !skip_space (self))
    return false;
  if (*self->at != ':')
    return fail (self, self->at, "':' expected");
  self->at++;
  return skip_space (self);
}

static bool
parse_member (Parser *self, bool is_object, RmqJsonNode **member)
{
  const char *start = self->at;
  RmqJsonNode *key = NULL;

  if (is_object && !parse_key (self, &key))
    return false;
  if (!parse_value (self, member))
    return false;
  (*member)->key = key;
  if (key != NULL && key->type == RMQ_JSON_STRING && (*member)->type == RMQ_JSON_STRING
      && rmq_slice_equal_string (key->string, "$ref"))
    return fail (self, start, "references are not supported");
  return true;
}

/* An array or an object, from its opening bracket. */
static bool
parse_container (Parser *self, RmqJsonNode **value)
{
  bool is_object = *self->at == '{';
  char close = is_object ? '}' : ']';
  RmqJsonNode *node = new_node (self, is_object ? RMQ_JSON_OBJECT : RMQ_JSON_ARRAY);
  RmqJsonNode **tail = &node->first;

  if (++self->depth > MAX_DEPTH)
    return fail (self, self->at, "nested too deeply");
  self->at++;
  if (!skip_space (self))
    return false;
  while (*self->at != close)
    {
      if (!parse_member (self, is_object, tail))
        return false;
      tail = &(*tail)->next;
      node->n_members++;
      if (!skip_space (self))
        return false;
      if (*self->at == ',')
        {
          self->at++;
          if (!skip_space (self))
            return false;
        }
      else if (*self->at != close)
        return fail (self, self->at, self->at == self->end ? "text ends too early" : "',' or end expected");
    }
  self->at++;
  self->depth--;
  *value = node;
  return true;
}

static bool
parse_value (Parser *self, RmqJsonNode **value)
{
  switch (*self->at)
    {
    case '{':
    case '[':
      return parse_container (self, value);
    case '"':
    case '\'':
      return parse_string_node (self, value);
    case '-':
    case '0' ... '9':
      return parse_number (self, value);
    default:
      return parse_literal (self, value);
    }
}

static bool
parse_text (Parser *self)
{
  if (!skip_space (self) || !parse_value (self, &self->document->root) || !skip_space (self))
    return false;
  return self->at == self->end || fail (self, self->at, "text after the value");
}

RmqJsonDocument *
_rmq_json_parse (const void *text, size_t len, GError **error)
{
  g_autoptr (RmqJsonDocument) document = NULL;
  Parser parser;

  if (len > G_MAXSIZE / 64)
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "JSON: text too long");
      return NULL;
    }

  document = g_malloc (sizeof *document + len + PADDING);
  document->root = NULL;
  document->blocks = NULL;
  document->repaired = NULL;
  document->text = (char *) (document + 1);
  if (len > 0)
    memcpy (document->text, text, len);
  memset (document->text + len, 0, PADDING);

  parser = (Parser){
    .document = document,
    .start = document->text,
    .at = document->text,
    .end = document->text + len,
    .free_node = document->first_nodes,
    .free_end = document->first_nodes + N_FIRST_NODES,
    .n_block_nodes = 2 * N_FIRST_NODES,
  };
  if (!parse_text (&parser))
    {
      _rmq_set_error (error, RMQ_ERROR_PROTOCOL, NULL, "JSON: %s at byte %" G_GSIZE_FORMAT, parser.problem,
                      (size_t) (parser.problem_at - parser.start));
      return NULL;
    }
  return g_steal_pointer (&document);
}

void
_rmq_json_document_free (RmqJsonDocument *self)
{
  if (self == NULL)
    return;
  while (self->blocks != NULL)
    {
      Block *block = self->blocks;

      self->blocks = block->next;
      g_free (block);
    }
  while (self->repaired != NULL)
    {
      Repaired *repaired = self->repaired;

      self->repaired = repaired->next;
      g_free (repaired->data);
      g_free (repaired);
    }
  g_free (self);
}

const RmqJsonNode *
_rmq_json_document_get_root (const RmqJsonDocument *self)
{
  return self->root;
}
