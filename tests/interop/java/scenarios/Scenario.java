// SPDX-License-Identifier: Apache-2.0
// Marks a method of a family of scenarios, and says what a server must do in it.

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Scenario {
    String value();
}
