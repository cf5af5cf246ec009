#include "libs/base/html.h"

#include <catch2/catch.hpp>

namespace varsam {

TEST_CASE("text cannot become markup") {
  CHECK(EscapeHtml("<b title='x' id=\"y\">Å & Ö</b>") ==
        "&lt;b title=&#39;x&#39; id=&quot;y&quot;&gt;Å &amp; Ö&lt;/b&gt;");
  CHECK(EscapeHtml("&lt;") == "&amp;lt;");
  CHECK(EscapeHtml("").empty());
}

}  // namespace varsam
