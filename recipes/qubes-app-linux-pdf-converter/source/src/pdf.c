/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a PDF of pages that are pictures. Its text is fixed but for numbers. */
#include "pdf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <zlib.h>

#define CHUNK 65536
#define CATALOG 1
#define TREE 2
#define FIRST 3    /* object of the first page; each has four: page, drawing, picture, the picture's length */
#define A_PAGE 4

struct writer {
    FILE *out;
    uint64_t at;
    uint64_t *offsets; /* of each object */
    unsigned pages, resolution;
    const char *problem;
};

static bool fail(struct writer *writer, const char *problem)
{
    writer->problem = problem;
    return false;
}

static bool put(struct writer *writer, const void *bytes, size_t size)
{
    if (writer->at + size > PDF_MOST)
        return fail(writer, "the result would be too large");
    if (fwrite(bytes, 1, size, writer->out) != size)
        return fail(writer, "the result cannot be written");
    writer->at += size;
    return true;
}

static bool print(struct writer *writer, const char *format, ...)
{
    char text[256];
    va_list values;

    va_start(values, format);
    int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return length >= 0 && (size_t)length < sizeof text && put(writer, text, (size_t)length);
}

static bool begin(struct writer *writer, unsigned object)
{
    writer->offsets[object] = writer->at;
    return print(writer, "%u 0 obj\n", object);
}

static unsigned page_object(unsigned page)
{
    return FIRST + A_PAGE * page;
}

static bool write_head(struct writer *writer)
{
    /* Bytes above 127 tell programs that transfer files that this is no text. */
    if (!print(writer, "%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n") || !begin(writer, CATALOG) ||
        !print(writer, "<< /Type /Catalog /Pages %d 0 R >>\nendobj\n", TREE) || !begin(writer, TREE) ||
        !print(writer, "<< /Type /Pages /Count %u /Kids [", writer->pages))
        return false;
    for (unsigned page = 0; page < writer->pages; page++)
        if (!print(writer, "\n%u 0 R", page_object(page)))
            return false;
    return print(writer, "] >>\nendobj\n");
}

/* Pixels as hundredths of a point, which is 1/72 inch. */
static unsigned hundredths(const struct writer *writer, unsigned pixels)
{
    return (pixels * 7200u + writer->resolution / 2) / writer->resolution;
}

static bool write_page(struct writer *writer, unsigned object, unsigned width, unsigned height)
{
    unsigned w = hundredths(writer, width), h = hundredths(writer, height);
    char drawing[128];
    int length = snprintf(drawing, sizeof drawing, "%u.%02u 0 0 %u.%02u 0 0 cm /P Do\n", w / 100, w % 100, h / 100,
                          h % 100);

    return begin(writer, object) &&
           print(writer,
                 "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %u.%02u %u.%02u] /Contents %u 0 R\n"
                 "/Resources << /XObject << /P %u 0 R >> >> >>\nendobj\n",
                 TREE, w / 100, w % 100, h / 100, h % 100, object + 1, object + 2) &&
           begin(writer, object + 1) &&
           print(writer, "<< /Length %d >>\nstream\n%sendstream\nendobj\n", length, drawing);
}

/* Gives the compressor what it has in its input, and writes what comes out. */
static bool compress_some(struct writer *writer, z_stream *stream, int flush)
{
    static uint8_t packed[CHUNK];

    do {
        stream->next_out = packed;
        stream->avail_out = sizeof packed;
        if (deflate(stream, flush) == Z_STREAM_ERROR)
            return fail(writer, "the picture cannot be compressed");
        if (!put(writer, packed, sizeof packed - stream->avail_out))
            return false;
    } while (stream->avail_out == 0);
    return true;
}

static bool write_rows(struct writer *writer, const struct page_source *from, unsigned width, unsigned height)
{
    static uint8_t row[ROW_MOST];
    z_stream stream = {0};

    if (deflateInit(&stream, Z_DEFAULT_COMPRESSION) != Z_OK)
        return fail(writer, "the picture cannot be compressed");
    bool good = true;
    for (unsigned y = 0; good && y < height; y++) {
        good = pages_row(from, row, width, &writer->problem);
        stream.next_in = row;
        stream.avail_in = 3 * width;
        good = good && compress_some(writer, &stream, y + 1 == height ? Z_FINISH : Z_NO_FLUSH);
    }
    deflateEnd(&stream);
    return good;
}

static bool write_picture(struct writer *writer, const struct page_source *from, unsigned object, unsigned width,
                          unsigned height)
{
    if (!begin(writer, object) ||
        !print(writer,
               "<< /Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace /DeviceRGB /BitsPerComponent 8\n"
               "/Filter /FlateDecode /Length %u 0 R >>\nstream\n",
               width, height, object + 1))
        return false;
    uint64_t start = writer->at;
    if (!write_rows(writer, from, width, height))
        return false;
    uint64_t length = writer->at - start;
    return print(writer, "\nendstream\nendobj\n") && begin(writer, object + 1) &&
           print(writer, "%" PRIu64 "\nendobj\n", length);
}

static bool write_tail(struct writer *writer)
{
    unsigned objects = page_object(writer->pages);
    uint64_t start = writer->at;

    if (!print(writer, "xref\n0 %u\n0000000000 65535 f \n", objects))
        return false;
    for (unsigned object = 1; object < objects; object++)
        if (!print(writer, "%010" PRIu64 " 00000 n \n", writer->offsets[object]))
            return false;
    return print(writer, "trailer\n<< /Size %u /Root %d 0 R >>\nstartxref\n%" PRIu64 "\n%%%%EOF\n", objects, CATALOG,
                 start);
}

static bool write_all(struct writer *writer, const struct page_source *from)
{
    if (!write_head(writer))
        return false;
    for (unsigned page = 0; page < writer->pages; page++) {
        unsigned width, height, object = page_object(page);
        if (!pages_size(from, &width, &height, &writer->problem) || !write_page(writer, object, width, height) ||
            !write_picture(writer, from, object + 2, width, height))
            return false;
    }
    return pages_end(from, &writer->problem) && write_tail(writer) &&
           (fflush(writer->out) == 0 || fail(writer, "the result cannot be written"));
}

bool pdf_make(const struct page_source *from, unsigned resolution, FILE *out, const char **problem)
{
    struct writer writer = {.out = out, .resolution = resolution};

    if (!pages_count(from, &writer.pages, problem))
        return false;
    writer.offsets = calloc(page_object(writer.pages), sizeof *writer.offsets);
    bool good = writer.offsets != NULL ? write_all(&writer, from) : fail(&writer, "out of memory");
    free(writer.offsets);
    *problem = writer.problem;
    return good;
}
